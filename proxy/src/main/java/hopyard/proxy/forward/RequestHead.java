package hopyard.proxy.forward;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.HeadWriter;

/** Writes the head of the request that goes upstream. */
public interface RequestHead {

    /**
     * @param length what is known about the body: its length, {@link RequestBody#NONE} or {@link RequestBody#CHUNKED}
     */
    void write(Exchange exchange, HeadWriter out, long length);

    /** {@code $proxy_host}: the host that proxy_pass names, and its port if that is not the usual one. */
    String host();

    /** {@code $proxy_port}. */
    String port();

    /** The URL that error log lines show, for a peer's address. */
    String url(Exchange exchange, String peer);
}
