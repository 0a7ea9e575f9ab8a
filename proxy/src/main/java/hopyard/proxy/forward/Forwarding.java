package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import io.undertow.util.Headers;

/**
 * How a location forwards: its settings, and what has been made of other directives.
 *
 * @param tls how TLS is spoken with the upstream; {@code null} for none
 * @param tlsName the name that the upstream's certificate is for; {@code null} for that of the pass
 * @param headers what is done to the response's header fields
 * @param cookies what is done to the cookies in the response
 * @param protocol how the response is read
 * @param http what is set for HTTP only
 */
public record Forwarding(
        ForwardSettings settings,
        TlsChoice tls,
        Template tlsName,
        HeaderRules headers,
        CookieRules cookies,
        ResponseProtocol protocol,
        HttpOptions http) {

    /**
     * Returns the same forwarding with TLS.
     *
     * @param host what the certificate is for if nothing is said
     */
    public Forwarding withTls(TlsChoice with, String host) {
        Template name = tlsName == null ? Template.constant(host) : tlsName;
        return new Forwarding(settings, with, name, headers, cookies, protocol, http);
    }

    /** Whether the content of a request is read whole before anything else is done with it. */
    boolean readsBodyFirst(Exchange exchange) {
        // HTTP/1.0 has no chunks: content of unknown length must be complete before it can be sent
        return settings.requestBuffering()
                || http.body() != null
                || !settings.passRequestBody()
                || exchange.header(Headers.CONTENT_LENGTH) == null && !http.isHttp11();
    }

    /** Returns the name that the upstream's certificate must be for, without a port. */
    String tlsName(Exchange exchange) {
        return tlsName.eval(exchange).replaceFirst(":[0-9]*$", "");
    }
}
