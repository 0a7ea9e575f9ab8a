package hopyard.proxy.http;

import io.undertow.server.HttpServerExchange;

/** The content of the client's request: how much of it has come, and whether somebody wants it. */
public final class ClientContent {

    private final HttpServerExchange http;
    private final Lifetime lifetime;
    private long received;
    /** Whether somebody reads it and has not seen its end. */
    private boolean isLacking;

    private boolean isBeingRead;
    /** Whether the exchange has ended while content was being read. */
    private boolean isEndDue;

    private boolean isUnwanted;

    ClientContent(HttpServerExchange http, Lifetime lifetime) {
        this.http = http;
        this.lifetime = lifetime;
    }

    /** Counts bytes that came from the client. */
    public void received(long bytes) {
        received += bytes;
    }

    /** Bytes of an exchange's content that came from the client and were wanted. */
    public static long received(Exchange exchange) {
        ClientContent its = exchange.contentIfAny();
        return its == null ? 0 : its.received;
    }

    /** Says whether there is more to come that is wanted. */
    public void lacks(boolean lacks) {
        isLacking = lacks;
    }

    /** Whether there is more of an exchange's content to come that is wanted. */
    static boolean isLacking(Exchange exchange) {
        ClientContent its = exchange.contentIfAny();
        return its != null && its.isLacking;
    }

    /**
     * Says whether it is being read. That may find the client gone, which ends the exchange: it is not written down before the
     * reader has said why.
     */
    public void reads(boolean reads) {
        isBeingRead = reads;
        if (!reads && isEndDue) {
            isEndDue = false;
            lifetime.end();
        }
    }

    /** Puts the end of the exchange off while content is being read; false if none is. */
    boolean putsOffEnd() {
        isEndDue = isBeingRead;
        return isEndDue;
    }

    /** Has what is still to come dropped: whoever was reading it reads no more. */
    public void abandon() {
        isUnwanted = true;
        ClientWatch.discardContent(http);
    }

    /** Nobody is going to read what is still to come. */
    void setUnwanted() {
        isUnwanted = true;
    }

    /** Whether what the client sends as content is nobody's any more. */
    public static boolean isUnwanted(Exchange exchange) {
        ClientContent its = exchange.contentIfAny();
        return its != null && its.isUnwanted;
    }
}
