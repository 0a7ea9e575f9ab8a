package hopyard.proxy.support;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An app that fails in the way that it is told, at the point of an exchange that it is told. */
public final class FaultyApp implements AutoCloseable {

    /** How a connection fails. */
    public enum End {
        CLOSE,
        RESET,
        /** Nothing more comes, for longer than anybody waits. */
        SILENCE
    }

    /** When it fails. */
    public enum Point {
        /** As soon as it is open. */
        ACCEPTED,
        /** With the request's head read, and nothing of its content. */
        REQUEST_HEAD,
        /** With all of the request read. */
        REQUEST,
        /** In the middle of the response's head. */
        RESPONSE_HEAD,
        /** Before any of the content that the response's head announces. */
        NO_CONTENT,
        /** In the middle of content with a length. */
        CONTENT,
        /** In the middle of chunked content. */
        CHUNK,
        /** With the response sent, and the request's content not read. */
        EARLY,
        /** With the response sent. */
        RESPONSE,
        /** With the response sent and more behind it. */
        EXCESS,
        /** With what is no response sent. */
        GARBAGE,
        /** With the first byte of a request that is not the first one of its connection; the first one is answered. */
        REUSED
    }

    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";

    private final RawUpstream raw;
    private final AtomicInteger heads = new AtomicInteger();
    private volatile Point point = Point.RESPONSE;
    private volatile End end;
    private volatile String exact;
    private volatile boolean spoilt;

    public FaultyApp() throws IOException {
        raw = new RawUpstream(this::serve);
    }

    public String address() {
        return raw.address();
    }

    /** How it fails from now on. */
    public void fail(Point nextPoint, End nextEnd) {
        point = nextPoint;
        end = nextEnd;
        exact = null;
        heads.set(0);
        spoilt = false;
    }

    /** Sends just this, whatever is asked, and fails. */
    public void failAfter(String bytes, End nextEnd) {
        fail(Point.REQUEST, nextEnd);
        exact = bytes;
    }

    /** It works again. */
    public void work() {
        point = Point.RESPONSE;
        end = null;
        exact = null;
    }

    /** How many requests have reached it since it was told how to fail. */
    public int heads() {
        return heads.get();
    }

    /** Whether the content of a request was not what the test's clients send. */
    public boolean isSpoilt() {
        return spoilt;
    }

    private void serve(RawUpstream.Connection c) throws Exception {
        if (point == Point.ACCEPTED) {
            end(c);
            return;
        }
        for (int n = 1; ; n++) {
            String first = "";
            if (n > 1) {
                int b = c.read();
                if (b < 0 || point == Point.REUSED) {
                    end(c);
                    return;
                }
                first = String.valueOf((char) b);
            }
            String head = first + c.readHead();
            boolean isAsked = !head.startsWith("GET /prime ");
            if (isAsked) {
                heads.incrementAndGet();
            }
            if (!answer(c, head, isAsked)) {
                return;
            }
        }
    }

    /** Whether the connection goes on. */
    private boolean answer(RawUpstream.Connection c, String head, boolean fails) throws Exception {
        if (!fails || end == null) {
            readContent(c, head);
            c.send(RESPONSE + "0123456789");
            return true;
        }
        Point now = point;
        if (now == Point.EARLY) {
            c.send(RESPONSE + "0123456789");
            if (end == End.SILENCE) {
                // it is only slow to read the rest
                readContent(c, head);
                return true;
            }
        } else if (now != Point.REQUEST_HEAD) {
            readContent(c, head);
            c.send(
                    switch (now) {
                        case REQUEST -> exact == null ? "" : exact;
                        case RESPONSE_HEAD -> RESPONSE.substring(0, 30);
                        case NO_CONTENT -> RESPONSE;
                        case CONTENT -> RESPONSE + "01234";
                        case CHUNK -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n01234";
                        case RESPONSE, REUSED -> RESPONSE + "0123456789";
                        case EXCESS -> RESPONSE + "0123456789HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
                        case GARBAGE -> "\1\2\3 garbage\r\n\r\n";
                        default -> throw new IllegalStateException(now.toString());
                    });
            if (now == Point.REUSED) {
                return true;
            }
        }
        end(c);
        return false;
    }

    private void readContent(RawUpstream.Connection c, String head) throws IOException {
        StringBuilder content = new StringBuilder();
        String lower = head.toLowerCase(Locale.ROOT);
        int length = lower.indexOf("\r\ncontent-length: ");
        if (length >= 0) {
            content.append(c.read(Integer.parseInt(lower.substring(length + 18, lower.indexOf("\r\n", length + 2)))));
        } else if (lower.contains("\r\ntransfer-encoding: chunked")) {
            for (int size = chunkSize(c); size > 0; size = chunkSize(c)) {
                content.append(c.read(size));
                c.read(2);
            }
            c.read(2);
        }
        spoilt |= !content.toString().equals("x".repeat(content.length()));
    }

    private static int chunkSize(RawUpstream.Connection c) throws IOException {
        int size = 0;
        for (int b = c.read(); b != '\r'; b = c.read()) {
            if (b < 0) {
                throw new IOException("connection ended in a chunk's size");
            }
            size = size * 16 + Character.digit(b, 16);
        }
        c.read();
        return size;
    }

    private void end(RawUpstream.Connection c) throws Exception {
        switch (end) {
            case CLOSE -> c.socket().shutdownOutput();
            case RESET -> c.reset();
            case SILENCE -> {
                // until the proxy closes the connection
                c.socket().setSoTimeout((int) TimeUnit.SECONDS.toMillis(20));
                c.socket().getInputStream().transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
