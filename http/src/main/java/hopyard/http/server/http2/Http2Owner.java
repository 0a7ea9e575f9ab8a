package hopyard.http.server.http2;

import io.undertow.server.HttpServerExchange;

/** Whom a connection of HTTP/2 belongs to: it answers the requests, and has the timeouts and the log. */
public interface Http2Owner {

    /** Answers a request. Its connection is an {@link Http2Stream}. */
    void handle(HttpServerExchange exchange);

    /** The client has broken a rule, or gone; what it has done, in nginx's words. */
    void log(String what);

    /** Memory is used up; what for. */
    void lacksMemory(String what);

    /** A request is under way, where there was none. */
    void busy();

    /** No request is under way any more. */
    void idle();

    /** What the client sends has stopped in the middle of a frame or of a head, not the one before; or it is whole. */
    void isIncomplete(boolean isIncomplete);

    /** The client takes nothing of what is to be sent, or takes something again. */
    void isBlocked(boolean isBlocked);
}
