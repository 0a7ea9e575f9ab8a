import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import java.net.URI;

/** The proxy that Undertow brings along, as a peer to be measured: {@code StockUndertow PORT BACKEND-PORT THREADS}. */
public final class StockUndertow {
    public static void main(String[] args) throws Exception {
        LoadBalancingProxyClient client = new LoadBalancingProxyClient()
                .setConnectionsPerThread(256)
                .setMaxQueueSize(4096) // by default it answers 503 instead of waiting for a connection
                .addHost(new URI("http://127.0.0.1:" + args[1]));
        Undertow.builder()
                .addHttpListener(Integer.parseInt(args[0]), "127.0.0.1")
                .setIoThreads(Integer.parseInt(args[2]))
                .setServerOption(UndertowOptions.ALWAYS_SET_DATE, true)
                .setHandler(ProxyHandler.builder().setProxyClient(client).setMaxRequestTime(30_000).build())
                .build()
                .start();
    }
}
