package hopyard.proxy.upstream;

import hopyard.proxy.tls.TlsConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.xnio.StreamConnection;
import org.xnio.ssl.SslConnection;

/**
 * How TLS is spoken with an upstream.
 *
 * @param protocols Java's names of the versions that are spoken; empty for Java's own choice
 * @param sendsName whether the server is told which name it is asked by (SNI)
 * @param verifies whether the server's certificate must be for that name
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify">proxy_ssl_verify</a>
 */
public record UpstreamTls(SSLContext context, List<String> protocols, boolean sendsName, boolean verifies) {

    /**
     * Wraps a connection that has just been made.
     *
     * @param port the server's
     */
    SslConnection wrap(StreamConnection plain, String name, int port, Consumer<TlsFailure> onFailure) {
        return new TlsConnection(
                plain,
                TlsConnection.client(context, name, port),
                protocols,
                parameters -> set(parameters, name),
                (connection, inHandshake, e) -> {
                    if (inHandshake) {
                        onFailure.accept(TlsFailure.of(e, name));
                    }
                });
    }

    private void set(SSLParameters parameters, String name) {
        boolean isName = !name.matches("[0-9.]+|\\[?[0-9a-fA-F:]+]?");
        // as bytes, because Java then accepts an underscore
        parameters.setServerNames(
                sendsName && isName ? List.of(new SNIHostName(name.getBytes(StandardCharsets.UTF_8))) : List.of());
        if (verifies) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
    }
}
