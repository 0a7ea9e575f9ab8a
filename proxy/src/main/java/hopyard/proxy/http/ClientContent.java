package hopyard.proxy.http;

import hopyard.http.server.HttpConnection;
import hopyard.http.server.RequestMistake;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.nio.ReadyKeys;

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

    /**
     * Begins to read it.
     *
     * @param most how long content may be that comes without a length, in bytes; 0 for no limit
     */
    public StreamSourceChannel open(long most) {
        if (most > 0 && http.getRequestContentLength() < 0) {
            http.putAttachment(RequestMistake.MAX_CONTENT, most);
        }
        isLacking = true;
        return http.getRequestChannel();
    }

    /** Its end has come. Returns what is wrong with it; {@code null} for nothing. */
    public RequestMistake end() {
        isLacking = false;
        return http.getAttachment(RequestMistake.KEY);
    }

    /** The trailer fields that followed it; {@code null} if none did. */
    public HeaderMap trailers() {
        return http.getAttachment(HttpAttachments.REQUEST_TRAILERS);
    }

    /** Says whether what comes now is looked at after what other connections have. */
    public void serveLast(boolean isLast) {
        if (http.getConnection() instanceof HttpConnection connection) {
            ReadyKeys.serveLast(connection.getChannel(), isLast);
        }
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
