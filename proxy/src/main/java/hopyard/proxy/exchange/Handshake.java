package hopyard.proxy.exchange;

import hopyard.http.server.HeadReader;
import hopyard.proxy.server.AskedServer;
import hopyard.proxy.server.ClientConnection;
import hopyard.proxy.server.RehearsedConnection;
import hopyard.proxy.server.Tls;
import hopyard.proxy.server.VirtualServer;
import hopyard.proxy.server.VirtualServers;
import hopyard.proxy.tls.ClientHello;
import hopyard.proxy.tls.TlsRejected;
import hopyard.proxy.tls.TlsTerms;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.xnio.OptionMap;

/** Chooses how a server speaks TLS with a client, which has sent no request yet. */
public final class Handshake {

    private static final byte[] HEAD = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Handshake() {}

    /**
     * Returns the terms for a client: those of the server that it asks for, or of the default one.
     *
     * @throws SSLException if the server speaks with nobody, or its certificate cannot be had
     */
    public static TlsTerms terms(ClientConnection client, ClientHello hello) throws SSLException {
        VirtualServers servers = client.serving().endpoint().servers();
        VirtualServer named = hello.serverName() == null ? null : servers.foundByName(hello.host());
        client.asks(new AskedServer(hello, named == null ? null : hello.host()));
        VirtualServer server = named == null ? servers.byDefault() : named;
        Tls its = server.level().tls();
        if (its != null && its.rejects()) {
            throw new TlsRejected(TlsRejected.UNRECOGNIZED_NAME);
        }
        LocationHandlers.Terms terms = LocationHandlers.of(server.level()).tlsTerms();
        if (terms == null) {
            terms = LocationHandlers.of(servers.byDefault().level()).tlsTerms();
        }
        boolean isHttp2 = client.mayChooseHttp2(server);
        return terms.of(isHttp2, () -> exchange(client, server));
    }

    /** Makes an exchange that has the connection and the server, and an empty request. */
    private static Exchange exchange(ClientConnection client, VirtualServer server) {
        RehearsedConnection like =
                new RehearsedConnection(client.peer(), client.local(), true, client.serial(), client.requests());
        HttpServerExchange http = new HttpServerExchange(
                new Rehearsal.Disconnected(like, OptionMap.create(UndertowOptions.MAX_HEADER_SIZE, HEAD.length)), -1);
        HeadReader.read(HEAD, http);
        http.setRequestScheme("https");
        Exchange exchange = new Exchange(http, client, client.serving().configuration(), null);
        exchange.server(server);
        return exchange;
    }
}
