package hopyard.proxy.upstream;

import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
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

    /** Wraps a connection that has just been made. */
    StreamConnection wrap(StreamConnection plain, ByteBufferPool buffers, String name) {
        SslConnection connection = new UndertowXnioSsl(Xnio.getInstance(), OptionMap.EMPTY, buffers, context)
                .wrapExistingConnection(plain, OptionMap.EMPTY, true);
        SSLEngine engine = UndertowXnioSsl.getSslEngine(connection);
        SSLParameters parameters = engine.getSSLParameters();
        if ((sendsName || verifies) && !name.matches("[0-9.]+|\\[?[0-9a-fA-F:]+]?")) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        if (verifies) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (!protocols.isEmpty()) {
            parameters.setProtocols(protocols.toArray(String[]::new));
        }
        engine.setSSLParameters(parameters);
        return connection;
    }
}
