package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheEntry;
import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FileBody;
import hopyard.proxy.exchange.Preconditions;
import hopyard.proxy.exchange.RangeRequest;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;

/** Sends a response from the cache. */
final class CachedResponse {

    private CachedResponse() {}

    /** Returns the head of a kept response, as the upstream sent it. */
    static ResponseHead head(CacheEntry entry) {
        ResponseHead head = new ResponseHead();
        head.parse(ByteBuffer.wrap(entry.head()), entry.head().length);
        return head;
    }

    /**
     * Answers the client with all of the response, with a part of it, or with 304.
     *
     * @param found what is sent; its file is closed afterwards
     */
    static void send(Exchange exchange, Forwarding forwarding, CacheZone.Found found, Why how) {
        CacheEntry entry = found.entry();
        FileChannel file = found.file();
        exchange.ending().answeredBy(Who.CACHE, how);
        ResponseHead head = head(entry);
        if (!Slicing.accepts(exchange, head)) {
            IoUtils.safeClose(file);
            Slicing.refuse(exchange);
            return;
        }
        Slicing slicing = Slicing.of(exchange);
        int status = slicing == null ? head.status() : 200;
        // what came in chunks goes out in chunks
        String told = head.first(Headers.CONTENT_LENGTH);
        // the response to a HEAD request is kept without the content that it tells of (proxy_cache_convert_head off)
        boolean isTold = told != null && exchange.method().equals("HEAD") && entry.bodyLength() == 0;
        long length = told == null ? -1 : isTold ? Long.parseLong(told) : entry.bodyLength();
        exchange.response().status(head.status());
        exchange.upstream().keepFields(exchange.configuration().keptUpstreamFields(), head);
        ResponseHeaders.copy(head, exchange, ResponseFraming.ofCached(length), forwarding);
        AccelHeaders.obey(head, exchange, forwarding.settings().ignoredHeaders(), true);
        if (slicing != null) {
            slicing.complete(exchange);
        }
        HeaderMap out = exchange.responseHeaders();
        int condition = status == 200 && !exchange.isSubrequest()
                ? Preconditions.check(
                        exchange.requestHeaders(), out, exchange.core().ifModifiedSince())
                : status;
        if (condition == 304 || condition == 412) {
            IoUtils.safeClose(file);
            Preconditions.strip(out);
            exchange.response().reasonPhrase(null);
            if (condition == 304) {
                BytesBody.respond(exchange, 304, null, new byte[0]);
            } else {
                out.clear();
                exchange.fail(412);
            }
            return;
        }
        boolean hasRanges = forwarding.settings().forceRanges() || head.first(Headers.ACCEPT_RANGES) != null;
        out.remove(Headers.ACCEPT_RANGES);
        RangeRequest ranges = slicing != null
                ? slicing.wanted(exchange)
                : hasRanges && status == 200 && !exchange.isSubrequest()
                        ? RangeRequest.of(
                                exchange.requestHeaders(),
                                out,
                                entry.bodyLength(),
                                exchange.core().maxRanges())
                        : RangeRequest.none(entry.bodyLength());
        if (ranges == null) {
            IoUtils.safeClose(file);
            exchange.fail(416);
            return;
        }
        long offset = entry.bodyStart() - (slicing == null ? 0 : slicing.offset());
        FileBody.send(exchange, entry.file(), file, ranges, offset);
    }
}
