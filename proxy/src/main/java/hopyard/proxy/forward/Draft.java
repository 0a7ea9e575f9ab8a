package hopyard.proxy.forward;

import hopyard.proxy.exchange.ClientContent;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.SpecialResponse;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.util.Headers;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The head that {@link Forward} would send for a request that is only tried; it is sent to nobody. */
final class Draft {

    /**
     * What is known of the content.
     *
     * @param length as in {@link RequestBody#length()}
     * @param isRead whether the content is read whole first, so that its length is known only then
     */
    private record Content(long length, boolean isRead, String text) {}

    private static final String MEMCACHED = "memcached";

    private Draft() {}

    static void write(Exchange exchange, Forwarding forwarding, RequestHead head, CacheUse cache, UpstreamGroup group) {
        Trail trail = exchange.trail();
        exchange.upstream().passTo(head.host(), head.port());
        List<PeerSettings> usable =
                group.settings().stream().filter(peer -> !peer.down()).toList();
        if (usable.isEmpty() && !group.settings().isEmpty()) {
            exchange.log(ErrorLog.Level.ERROR, "no live upstreams");
            exchange.ending().because(Why.NO_LIVE_PEER);
            exchange.fail(502);
            return;
        }
        exchange.upstream()
                .add(
                        exchange.clock(),
                        new UpstreamTry(usable.size() == 1 ? usable.get(0).name() : group.name(), null));
        Content content = content(exchange, forwarding, head.module());
        HeadWriter writer = new HeadWriter();
        trail.beginsHead();
        head.write(exchange, cache, writer, content.length);
        if (writer.refused() != null) {
            exchange.fail(head.refused(exchange, cache, writer.refused()));
            return;
        }
        String tlsName = forwarding.tls() == null ? null : forwarding.tlsName(exchange);
        trail.step(
                Trail.Kind.CONTENT,
                head.directive(),
                null,
                "the request is passed on"
                        + (SpecialResponse.isErrorPage(exchange)
                                ? ", and whatever comes back is sent as the page for the error"
                                : ""));
        trail.passes(
                new Trail.Upstream(
                        head.directive(),
                        scheme(head.url(exchange, "")),
                        tlsName,
                        group.name(),
                        group,
                        List.of(),
                        content.text),
                writer,
                content.isRead);
        tellOfResponse(exchange, forwarding.settings(), head.module(), usable.size());
    }

    private static String scheme(String url) {
        return url.substring(0, url.indexOf("://"));
    }

    /** The content that {@link Forward} would send with the head. */
    private static Content content(Exchange exchange, Forwarding forwarding, String module) {
        String length = exchange.header(Headers.CONTENT_LENGTH);
        boolean isThere = !exchange.isRequestComplete() && !ClientContent.isUnwanted(exchange);
        boolean isReadFirst = !isThere || forwarding.readsBodyFirst(exchange);
        if (isThere && isReadFirst && length == null) {
            exchange.trail().countsContent();
        }
        if (isReadFirst && !ClientContent.isUnwanted(exchange)) {
            if (forwarding.http().body() != null) {
                int bytes = forwarding.http().body().eval(exchange).getBytes(StandardCharsets.ISO_8859_1).length;
                return new Content(bytes, false, "what proxy_set_body says, " + bytes + " bytes");
            }
            if (!forwarding.settings().passRequestBody()) {
                String why = module.equals(MEMCACHED)
                        ? ": a key is all that is sent"
                        : ", as " + module + "_pass_request_body says";
                return new Content(RequestBody.EMPTY.length(), false, "none" + why);
            }
        }
        if (!isThere) {
            return new Content(RequestBody.EMPTY.length(), false, "none");
        }
        if (isReadFirst) {
            String text = "the client's, read whole before another server is asked";
            return length == null ? new Content(1, true, text) : new Content(Long.parseLong(length), false, text);
        }
        return new Content(
                length == null ? RequestBody.CHUNKED : Long.parseLong(length),
                false,
                "the client's, passed on as it comes");
    }

    private static void tellOfResponse(Exchange exchange, ForwardSettings settings, String module, int servers) {
        Trail trail = exchange.trail();
        trail.unknown("what the other server answers");
        long most = exchange.core().clientMaxBodySize();
        if (!exchange.isRequestComplete() && exchange.contentLength() < 0 && most > 0) {
            trail.unknown(
                    "whether the content is more than client_max_body_size lets in, " + most + " bytes: then 413");
        }
        if (!settings.ignoredHeaders().contains(AccelHeaders.REDIRECT)) {
            trail.unknown("where an X-Accel-Redirect of the other server would lead, if it sent one");
        }
        if (settings.interceptErrors()) {
            // nginx's module for memcached always does
            trail.unknown((module.equals(MEMCACHED) ? "" : "with " + module + "_intercept_errors, ")
                    + "a status from 300 on gives way to the error_page for it, if there is one");
        }
        if (servers > 1 && settings.tries() != 1 && !settings.nextUpstream().isEmpty()) {
            trail.unknown("whether the first server fails, so that the request goes on to the next (" + module
                    + "_next_upstream)");
        }
        if (exchange.core().hasErrorPage(502) || exchange.core().hasErrorPage(504)) {
            trail.unknown("whether no server answers, so that the error_page for 502 or 504 does");
        }
    }
}
