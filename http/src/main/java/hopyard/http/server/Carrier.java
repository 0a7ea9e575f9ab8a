package hopyard.http.server;

import java.io.IOException;

/**
 * What brings a request to the server and takes its response back: a connection of HTTP/1.1, for one request at a time,
 * or a stream of HTTP/2. Undertow's exchange has it as its connection. It lives on one I/O thread.
 */
public interface Carrier {

    /**
     * Has {@code gone} run when the client goes away before it is answered. The request's content must have been read.
     *
     * @param gone runs once, on the I/O thread
     */
    void watch(Runnable gone);

    /** Stops watching. */
    void unwatch();

    /**
     * Notes that whoever reads the request's content takes all of it as it comes, however fast that is. To be called
     * before it is read.
     */
    void takesAllContent();

    /** Drops the rest of a request's content as it comes, because nobody else will read it. */
    void discardContent();

    /** Sets whether what the client sends is read only after all others that have something to read. */
    void serveLast(boolean isLast);

    /** Returns how many bytes the head of the current request had, as they came. */
    int headLength();

    /**
     * Whether the client sent the current request before it had the answer to the one ahead of it (RFC 9112 §9.3.2).
     */
    boolean isPipelined();

    /** Returns the number of the stream of HTTP/2; 0 if it is none. */
    int stream();

    /**
     * Has the next response's head carry these fields, and not those of the exchange's map.
     *
     * @param lines field lines and the empty line at their end; they are read only when the head is written
     */
    void responseFields(byte[] lines, int length);

    /**
     * Returns how many bytes of the last response have been sent, the head and what frames the content included, and
     * TLS not. Interim responses do not count, nor what is sent after an upgrade.
     */
    long responseSent();

    /** Returns how many bytes the head of the last response has; 0 as long as none of it is sent. */
    int responseHeadLength();

    /**
     * Sends an interim response (RFC 9110 §15.2) ahead of the response to the request under way, which has not begun.
     *
     * @param head all of it, as in HTTP/1.1
     * @throws IOException if the client has gone
     */
    void sendInterim(byte[] head) throws IOException;
}
