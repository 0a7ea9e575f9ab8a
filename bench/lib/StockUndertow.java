import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import java.net.URI;

/**
 * The proxy that Undertow brings along, as a peer to be measured: {@code StockUndertow PORT BACKEND-PORT ECHO-PORT
 * THREADS}.
 */
public final class StockUndertow {
    public static void main(String[] args) throws Exception {
        HttpHandler echo = to(args[2]);
        Undertow.builder()
                .addHttpListener(Integer.parseInt(args[0]), "127.0.0.1")
                .setIoThreads(Integer.parseInt(args[3]))
                .setServerOption(UndertowOptions.ALWAYS_SET_DATE, true)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .setHandler(Handlers.path(to(args[1])).addExactPath("/sink", echo).addExactPath("/ws", echo))
                .build()
                .start();
    }

    private static HttpHandler to(String port) throws Exception {
        LoadBalancingProxyClient client = new LoadBalancingProxyClient()
                .setConnectionsPerThread(256)
                .setMaxQueueSize(4096) // by default it answers 503 instead of waiting for a connection
                .addHost(new URI("http://127.0.0.1:" + port));
        return ProxyHandler.builder().setProxyClient(client).setMaxRequestTime(30_000).build();
    }
}
