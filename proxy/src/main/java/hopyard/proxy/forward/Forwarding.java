package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;

/**
 * How a location forwards: its settings, and what has been made of other directives.
 *
 * @param tls how TLS is spoken with the upstream; {@code null} for none
 * @param tlsName the name that the upstream's certificate is for
 * @param headers what is done to the response's header fields
 * @param cookies what is done to the cookies in the response
 * @param protocol how the response is read
 */
public record Forwarding(
        ForwardSettings settings,
        TlsChoice tls,
        Template tlsName,
        HeaderRules headers,
        CookieRules cookies,
        ResponseProtocol protocol) {

    /** Returns the same forwarding with TLS. */
    public Forwarding withTls(TlsChoice with) {
        return new Forwarding(settings, with, tlsName, headers, cookies, protocol);
    }

    /** Returns the name that the upstream's certificate must be for, without a port. */
    String tlsName(Exchange exchange) {
        return tlsName.eval(exchange).replaceFirst(":[0-9]*$", "");
    }
}
