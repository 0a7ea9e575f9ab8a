package hopyard.proxy.upstream;

import hopyard.proxy.tls.HostName;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.TlsTerms;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SNIServerName;
import org.xnio.StreamConnection;

/**
 * How TLS is spoken with an upstream.
 *
 * @param terms on which terms; if they say whom to trust, the server's certificate must be for the name that it is
 *     asked by
 * @param sendsName whether the server is told that name (SNI)
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify">proxy_ssl_verify</a>
 */
public record UpstreamTls(TlsTerms terms, boolean sendsName) {

    /**
     * Wraps a connection that has just been made.
     *
     * @param name the name that the server is asked by
     * @param address the server's address, which sessions are kept by
     */
    TlsConnection wrap(StreamConnection plain, String name, String address, Consumer<TlsFailure> onFailure) {
        return TlsConnection.client(
                plain,
                terms,
                name + " " + address,
                parameters -> parameters.setServerNames(names(name)),
                (connection, inHandshake, e) -> {
                    if (inHandshake) {
                        onFailure.accept(TlsFailure.of(e));
                    }
                });
    }

    private List<SNIServerName> names(String name) {
        String host = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        boolean isName = !host.isEmpty() && !host.matches("[0-9.]+|\\[.*|[0-9a-fA-F]*:.*");
        return sendsName && isName ? List.of(new HostName(host)) : List.of();
    }

    /** Returns what is wrong with the server's certificate; {@code null} if nothing is, or it does not matter. */
    TlsFailure mistake(TlsConnection connection, String name) {
        if (terms.trust() == null) {
            return null;
        }
        if (!connection.verdict().isOk()) {
            return TlsFailure.of(connection.verdict());
        }
        return connection.isFor(name) ? null : TlsFailure.ofName(name);
    }
}
