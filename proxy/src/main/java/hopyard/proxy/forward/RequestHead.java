package hopyard.proxy.forward;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.HeadWriter;
import io.undertow.util.HttpString;

/** Writes the head of the request that goes upstream. */
public interface RequestHead {

    /**
     * @param cache what the response is for; {@code null} for none
     * @param length what is known about the body, as in {@link RequestBody#length()}
     */
    void write(Exchange exchange, CacheUse cache, HeadWriter out, long length);

    /** The method that the head is written with. */
    String method(Exchange exchange, CacheUse cache);

    /**
     * Says in the error log why a head must not be sent.
     *
     * @param what what {@link HeadWriter#refused()} has said
     * @return the status that the client gets
     */
    int refused(Exchange exchange, CacheUse cache, String what);

    /** Whether a trailer of the client's is passed on: one that could take the place of a field of the head is not. */
    default boolean passesTrailer(Exchange exchange, HttpString name) {
        return false;
    }

    /** The {@code proxy_pass}. */
    Directive directive();

    /** What the names of the directives begin with that count: {@code proxy}, {@code fastcgi}. */
    default String module() {
        String pass = directive().name();
        return pass.substring(0, pass.length() - "_pass".length());
    }

    /**
     * {@code $proxy_host}: the host that proxy_pass names, and its port if that is not the usual one; {@code null} for
     * what is not passed by HTTP.
     */
    default String host() {
        return null;
    }

    /** {@code $proxy_port}; {@code null} as {@link #host}. */
    default String port() {
        return null;
    }

    /** The URL that error log lines show, for a peer's address. */
    String url(Exchange exchange, String peer);

    /** Returns what frames the content of one attempt; {@code null} if nothing does but the length, or chunks. */
    default ContentFraming framing(Exchange exchange) {
        return null;
    }

    /** Returns the head that was written last for an exchange as people read it, for records. */
    default HeadWriter shown(Exchange exchange, CacheUse cache, HeadWriter head) {
        return head;
    }

    /** Whether what passes of the request's content is kept, for {@code $request_body}. */
    boolean keepsBody();
}
