package hopyard.proxy.forward;

import hopyard.http.http2.HpackEncoder;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.Http2Link;
import hopyard.proxy.upstream.UpstreamConnection;
import hopyard.proxy.upstream.UpstreamSink;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * One attempt's request and response over HTTP/2: a stream (RFC 9113 §5). The request's head comes as one of HTTP/1.1,
 * and becomes fields; its content becomes frames, as far as the server's window allows. What the server answers is
 * taken by a {@link GrpcResponse}.
 */
public final class GrpcStream implements ContentFraming, UpstreamSink {

    static final ExchangeKey<GrpcStream> KEY = new ExchangeKey<>();

    private static final HttpString METHOD = new HttpString(":method");
    private static final HttpString SCHEME = new HttpString(":scheme");
    private static final HttpString PATH = new HttpString(":path");
    private static final HttpString AUTHORITY = new HttpString(":authority");

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Exchange exchange;
    private final Terms terms;
    private final GrpcResponse response;
    /** {@code null} until the request is sent. */
    private Http2Link link;

    /**
     * How a location speaks HTTP/2.
     *
     * @param isTls whether it does so over TLS
     * @param hasAuthority whether the field Host of a head stands for {@code :authority}, and not for itself
     * @param maxHead how long the fields of a response may be, in bytes
     */
    public record Terms(boolean isTls, boolean hasAuthority, long maxHead) {}

    private GrpcStream(Exchange exchange, Terms terms) {
        this.exchange = exchange;
        this.terms = terms;
        response = new GrpcResponse(terms.maxHead);
    }

    /** Returns the stream of an attempt that begins. */
    public static GrpcStream of(Exchange exchange, Terms terms) {
        GrpcStream its = new GrpcStream(exchange, terms);
        exchange.put(KEY, its);
        return its;
    }

    // ---- the request

    @Override
    public RequestBody.Progress send(RequestBody content, UpstreamConnection upstream, ByteBuffer head)
            throws IOException {
        if (link == null) {
            link = Http2Link.of(upstream, exchange.buffers());
            link.begin(response);
            byte[] lines = new byte[head.remaining()];
            head.get(lines);
            write(lines, link.encoder());
            link.head();
        }
        RequestBody.Progress progress = content.writeTo(this, NOTHING);
        if (progress == RequestBody.Progress.CLIENT_EMPTY) {
            // the end of the content often comes at once, and goes with the last of it
            link.flushLater();
            return progress;
        }
        if (progress == RequestBody.Progress.DONE) {
            link.end();
        }
        if (!link.flush()) {
            return RequestBody.Progress.UPSTREAM_FULL;
        }
        boolean isHeldBack = progress == RequestBody.Progress.UPSTREAM_FULL && link.lacksWindow();
        return isHeldBack ? RequestBody.Progress.WINDOW_FULL : progress;
    }

    /** Writes a head of HTTP/1.1 as fields (§8.3.1). */
    private void write(byte[] lines, HpackEncoder encoder) {
        encoder.begin();
        int methodEnd = find(lines, ' ', 0);
        int targetEnd = find(lines, ' ', methodEnd + 1);
        encoder.field(METHOD, text(lines, 0, methodEnd));
        encoder.field(SCHEME, terms.isTls ? "https" : "http");
        encoder.field(PATH, text(lines, methodEnd + 1, targetEnd));
        for (int at = find(lines, '\n', targetEnd) + 1; lines[at] != '\r'; at = find(lines, '\n', at) + 1) {
            int colon = find(lines, ':', at);
            int end = find(lines, '\r', colon);
            boolean isAuthority = terms.hasAuthority && isHost(lines, at, colon);
            int from = colon + 2;
            int to = end;
            while (to > from && (lines[to - 1] == ' ' || lines[to - 1] == '\t')) {
                to--;
            }
            if (isAuthority) {
                encoder.field(AUTHORITY, text(lines, from, to));
            } else {
                encoder.field(lines, at, colon, from, to);
            }
        }
    }

    private static boolean isHost(byte[] lines, int from, int to) {
        return to - from == Headers.HOST.length() && text(lines, from, to).equals(Headers.HOST_STRING);
    }

    private static int find(byte[] lines, char c, int from) {
        int at = from;
        while (lines[at] != c) {
            at++;
        }
        return at;
    }

    @SuppressWarnings("deprecation") // the bytes are characters
    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, 0, from, to - from);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) {
        long written = 0;
        for (int i = 0; i < count; i++) {
            written += write(buffers[i]);
            if (buffers[i].hasRemaining()) {
                break;
            }
        }
        return written;
    }

    @Override
    public int write(ByteBuffer content) {
        int n = Math.min(content.remaining(), link.room());
        link.content(content, n);
        return n;
    }

    @Override
    public long write(FileChannel file, long position, long count) throws IOException {
        long n = Math.min(count, link.room());
        return n == 0 ? 0 : link.content(file, position, n);
    }

    @Override
    public void writable() {
        link.flushOrAwait();
    }

    // ---- the response

    GrpcResponse response() {
        return response;
    }

    /** Looks for a head; whether one has come. What the server has done wrong is kept by the response. */
    boolean readHead(ByteBuffer buffer) {
        read(buffer);
        if (response.mistake() != null) {
            buffer.position(buffer.limit());
            return false;
        }
        return link.hasHead();
    }

    /** Reduces a buffer to the content that is in it. */
    void readContent(ByteBuffer buffer) {
        int from = buffer.position();
        response.contentGoesTo(from);
        read(buffer);
        buffer.limit(response.contentEnd()).position(from);
    }

    private void read(ByteBuffer buffer) {
        String mistake = link.read(buffer);
        if (mistake != null && link.isWrongInFields()) {
            response.wrongFields(mistake);
        } else if (mistake != null) {
            response.wrong(mistake);
        }
        if (response.detail() != null) {
            exchange.log(ErrorLog.Level.ERROR, response.detail());
        }
        if (mistake != null) {
            return;
        }
        // what frames ask for is answered at once
        link.flushOrAwait();
    }

    /** Notes that the head was the final one. */
    void headEnds() {
        link.headEnds();
        response.headEnds();
    }

    /** Whether the response has come to its end. */
    boolean isDone() {
        return link.isDone();
    }

    /** Whether the connection may carry another request. */
    boolean leavesCleanConnection() {
        return link.isClean();
    }
}
