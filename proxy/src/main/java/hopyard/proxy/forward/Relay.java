package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.memory.BufferPool;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.EarlyHints;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Preconditions;
import hopyard.proxy.exchange.RangeRequest;
import hopyard.proxy.exchange.ResponseStart;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Passes a response on to the client. It takes off the framing, copies the content into the cache or a file where that
 * is wanted, cuts it to the requested range, gathers it, and sends it as the client takes it.
 */
final class Relay implements ResponsePump.Listener {

    /** Is told what the client does, and what goes wrong. */
    interface Listener {
        /** The client has taken what there was, and waits for more. */
        void settle();

        /** The client cannot be written to any more. */
        void clientLost();

        /**
         * The upstream has closed its connection before the end.
         *
         * @param rest the last of the content, in front of the buffer's position
         */
        void cutShort(PooledByteBuffer rest);
    }

    /** How much is gathered before the client gets it, in bytes: one of nginx's {@code proxy_buffers}, rounded up. */
    private static final int GATHERED = 16 << 10;

    private final Exchange exchange;
    private final Forwarding forwarding;
    private final Attempts attempts;
    private final Listener listener;

    private BodyDecoder decoder;
    private ResponsePump pump;
    private ContentCopy copy;
    private RangeRequest range;
    private boolean isPersistent;
    private boolean buffering;
    /** Whether the client gets nothing of the content. */
    private boolean isSilent;

    /** @param attempts whose last one has brought the response */
    Relay(Exchange exchange, Forwarding forwarding, Attempts attempts, Listener listener) {
        this.exchange = exchange;
        this.forwarding = forwarding;
        this.attempts = attempts;
        this.listener = listener;
    }

    /**
     * Takes over the head, and decides who gets the content.
     *
     * @param method what the upstream was asked with
     * @param cache {@code null} for none
     * @return 0 to begin; 416 if the requested range cannot be satisfied, and 412 if a precondition fails: then this is
     *     the answer, and its header is ready
     */
    int prepare(ResponseHead response, ResponseFraming framing, String method, CacheUse cache) {
        int status = response.status();
        decoder = framing.decoder();
        isPersistent = framing.isPersistent() && forwarding.http().isHttp11();
        exchange.response().status(status);
        ResponseHeaders.copy(response, exchange, framing, forwarding);
        Slicing slicing = Slicing.of(exchange);
        if (slicing != null) {
            slicing.complete(exchange);
        }
        boolean isHead = method.equals("HEAD");
        if (isHead && !exchange.method().equals("HEAD")) {
            // proxy_method asked for a head alone: the length belongs to content that does not come
            exchange.responseHeaders().put(Headers.CONTENT_LENGTH, 0);
        }
        buffering = AccelHeaders.obey(
                response,
                exchange,
                forwarding.settings().ignoredHeaders(),
                forwarding.settings().buffering());
        boolean hasRanges = forwarding.settings().forceRanges();
        if (cache != null) {
            // as in nginx, a response that is passed on piece by piece is not kept
            copy = buffering ? cache.keep(response) : null;
            if (copy != null || cache.hasAskedForAll(response)) {
                hasRanges |= exchange.responseHeaders().contains(Headers.ACCEPT_RANGES);
                exchange.responseHeaders().remove(Headers.ACCEPT_RANGES);
                if (!silenceIfKnown(exchange.responseHeaders())) {
                    return 412;
                }
            }
        } else if (forwarding.settings().store() != null && status == 200 && !isHead) {
            copy = store(response);
        }
        if (isHead && copy == null && !decoder.isDone()) {
            // an app may send content all the same, which nobody waits for
            decoder = BodyDecoder.unread();
        }
        if (slicing != null && !isSilent) {
            range = slicing.wanted(exchange);
            if (range == null) {
                return 416;
            }
            exchange.put(RangeRequest.KEY, range);
        } else if (hasRanges && status == 200 && framing.length() >= 0 && !isSilent && !exchange.isSubrequest()) {
            range = RangeRequest.of(exchange.requestHeaders(), exchange.responseHeaders(), framing.length(), 1);
            if (range == null) {
                return 416;
            }
            exchange.put(RangeRequest.KEY, range);
        }
        return 0;
    }

    /**
     * Sends no content if the client knows the response already, but the cache does not. Returns false if a
     * precondition fails; then nothing of the response is left.
     */
    private boolean silenceIfKnown(HeaderMap headers) {
        if (exchange.response().status() != 200 || exchange.isSubrequest()) {
            return true;
        }
        int status = Preconditions.check(
                exchange.requestHeaders(), headers, exchange.core().ifModifiedSince());
        if (status == 412) {
            headers.clear();
            return false;
        }
        if (status == 304) {
            exchange.response().status(304);
            exchange.response().reasonPhrase(null);
            Preconditions.strip(headers);
            isSilent = true;
        }
        return true;
    }

    private ContentCopy store(ResponseHead response) {
        Path file = forwarding.settings().store().apply(exchange);
        long modified = Preconditions.seconds(response.first(Headers.LAST_MODIFIED));
        return file == null
                ? null
                : StoredFile.open(exchange, file, forwarding.settings().storeAccess(), modified);
    }

    /** Passes an interim response with early hints on; false if the client has gone. */
    boolean hint(ResponseHead hints) {
        String lines = ResponseHeaders.hints(hints, forwarding);
        try {
            if (!lines.isEmpty()) {
                EarlyHints.send(exchange, lines);
            }
            return true;
        } catch (IOException e) {
            exchange.log(ErrorLog.Level.INFO, "sending early hints failed (" + SystemErrors.text(e) + ")");
            listener.clientLost();
            return false;
        }
    }

    /** Starts the response to the client; false if the client is gone. */
    boolean begin() {
        exchange.ending().answeredBy(Who.APP, null);
        var sink = ResponseStart.start(exchange);
        if (sink == null) {
            return false;
        }
        ForwardSettings settings = forwarding.settings();
        pump = new ResponsePump(exchange, sink, settings.tempPath(), buffering ? settings.maxTempFileSize() : 0, this);
        return true;
    }

    /** Whether sending the response to the client has begun. */
    boolean hasBegun() {
        return pump != null;
    }

    /** Whether sending has begun, and the client has taken everything so far. */
    boolean isIdle() {
        return pump != null && pump.isIdle();
    }

    /** Whether some content still waits for the client to take it. */
    boolean isBlocked() {
        return pump != null && pump.isBlocked();
    }

    /** Whether no more should be read from the upstream. */
    boolean isFull() {
        return pump != null && pump.isFull();
    }

    /**
     * Passes content on.
     *
     * @param pooled a buffer as it is after reading: content before {@code from}, framed bytes behind it
     * @param closed whether the upstream has ended the connection
     * @return a buffer that is to be filled further; {@code null} for none
     */
    PooledByteBuffer content(PooledByteBuffer pooled, int from, boolean closed) throws MalformedFraming {
        ByteBuffer buffer = pooled.getBuffer();
        int end = buffer.position();
        buffer.limit(end).position(from);
        try {
            decoder.decode(buffer);
        } catch (MalformedFraming e) {
            pooled.close();
            throw e;
        }
        int n = buffer.remaining();
        attempts.current().received(n);
        if (copy != null) {
            copy.add(buffer);
        }
        buffer.position(0);
        boolean done = decoder.isDone() || closed && decoder.isCompleteAtClose();
        String cutShort = done ? null : closed ? "upstream prematurely closed connection" : decoder.cutShort();
        if (cutShort != null) {
            buffer.position(buffer.limit());
            exchange.log(ErrorLog.Level.ERROR, cutShort);
            listener.cutShort(pooled);
            return null;
        }
        if (done) {
            complete();
        } else if (buffering && !BufferPool.isShort() && buffer.limit() < Math.min(buffer.capacity(), GATHERED)) {
            // gather until the buffer is full, as nginx does with proxy_buffering on
            buffer.position(buffer.limit()).limit(buffer.capacity());
            return pooled;
        }
        if (isSilent) {
            buffer.position(buffer.limit());
        } else if (range != null) {
            range.window(buffer);
        }
        pump.offer(pooled, done);
        if (pump.isFull()) {
            attempts.pauseReading();
        }
        return null;
    }

    @Override
    public void roomAgain() {
        attempts.resumeReading();
    }

    @Override
    public void written() {
        listener.settle();
    }

    @Override
    public void clientLost() {
        listener.clientLost();
    }

    private void complete() {
        if (decoder.trailers() != null && forwarding.http().passesTrailers()) {
            exchange.response().trailers(allowed(decoder.trailers()));
        }
        if (copy != null) {
            copy.complete();
            copy = null;
        }
        if (decoder.hasExcess()) {
            exchange.log(ErrorLog.Level.WARN, "upstream sent " + decoder.excess());
        }
        attempts.responseRead(isPersistent && decoder.leavesCleanConnection());
    }

    private static HeaderMap allowed(HeaderMap trailers) {
        HeaderMap out = new HeaderMap();
        for (HeaderValues field : trailers) {
            if (Trailers.mayForward(field.getHeaderName())) {
                out.putAll(field.getHeaderName(), field);
            }
        }
        return out;
    }

    /**
     * Ends a response that cannot be completed. The client gets what there is, and then its connection is closed.
     *
     * @param rest the last of the content, in front of the buffer's position; {@code null} for none
     */
    void truncate(PooledByteBuffer rest) {
        if (rest != null) {
            rest.getBuffer().flip();
            pump.offer(rest, false);
        }
        pump.truncate();
    }

    /** Frees everything when the exchange is over, in whatever way it ended. */
    void close() {
        if (copy != null) {
            copy.abandon();
            copy = null;
        }
        if (pump != null) {
            pump.close();
        }
    }
}
