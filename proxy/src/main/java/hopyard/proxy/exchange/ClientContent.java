package hopyard.proxy.exchange;

import hopyard.http.server.Carrier;
import hopyard.http.server.RequestMistake;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import org.xnio.channels.StreamSourceChannel;

/** The content of the client's request: how much of it has come, and whether it is still wanted. */
public final class ClientContent {

    private final HttpServerExchange http;
    private final Lifetime lifetime;
    private long received;
    /** Whether somebody has begun to read the content and has not seen its end. */
    private boolean isLacking;

    private boolean isBeingRead;
    /** Whether the exchange has ended while content was being read. */
    private boolean isEndDue;

    private boolean isUnwanted;

    ClientContent(HttpServerExchange http, Lifetime lifetime) {
        this.http = http;
        this.lifetime = lifetime;
    }

    /**
     * Begins to read the content.
     *
     * @param most how long the content may be if it comes without a length, in bytes; 0 for no limit
     */
    public StreamSourceChannel open(long most) {
        if (most > 0 && http.getRequestContentLength() < 0) {
            http.putAttachment(RequestMistake.MAX_CONTENT, most);
        }
        isLacking = true;
        return http.getRequestChannel();
    }

    /** Notes that all of the content is read as it comes. To be called before {@link #open}. */
    public void takesAll() {
        if (http.getConnection() instanceof Carrier carrier) {
            carrier.takesAllContent();
        }
    }

    /** Notes that the content has ended. Returns what is wrong with it; {@code null} for nothing. */
    public RequestMistake end() {
        isLacking = false;
        return http.getAttachment(RequestMistake.KEY);
    }

    /** Returns the trailer fields that followed the content; {@code null} if none did. */
    public HeaderMap trailers() {
        return http.getAttachment(HttpAttachments.REQUEST_TRAILERS);
    }

    /** Sets whether the connection is read only after all others that have something to read. */
    public void serveLast(boolean isLast) {
        if (http.getConnection() instanceof Carrier carrier) {
            carrier.serveLast(isLast);
        }
    }

    /** Counts bytes that came from the client. */
    public void received(long bytes) {
        received += bytes;
    }

    /** Returns how many bytes of an exchange's content came from the client and were read. */
    public static long received(Exchange exchange) {
        ClientContent its = exchange.contentIfAny();
        return its == null ? 0 : its.received;
    }

    /** Whether somebody reads an exchange's content whose end has not come. */
    static boolean isLacking(Exchange exchange) {
        ClientContent its = exchange.contentIfAny();
        return its != null && its.isLacking;
    }

    /**
     * Sets whether the content is being read. A read may find that the client has gone, which ends the exchange. The
     * end is put off until the read is over, so that the reader can say why.
     */
    public void reads(boolean reads) {
        isBeingRead = reads;
        if (!reads && isEndDue) {
            isEndDue = false;
            lifetime.end();
        }
    }

    /** Puts the end of the exchange off while content is being read; returns false if none is. */
    boolean putsOffEnd() {
        isEndDue = isBeingRead;
        return isEndDue;
    }

    /** Drops the content that is still to come. Nobody may read it any more. */
    public void abandon() {
        isUnwanted = true;
        ClientWatch.discardContent(http);
    }

    /** Notes that nobody will read the content that is still to come. */
    void setUnwanted() {
        isUnwanted = true;
    }

    /** Whether nobody will read the content of an exchange any more. */
    public static boolean isUnwanted(Exchange exchange) {
        ClientContent its = exchange.contentIfAny();
        return its != null && its.isUnwanted;
    }
}
