package hopyard.backend;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Takes a body of any size, counts and hashes it, and keeps nothing. */
final class Upload implements Body.Reader {

    private final HttpServerExchange exchange;
    private final MessageDigest sha256;
    private final long start = System.nanoTime();
    private long bytes;

    private Upload(HttpServerExchange exchange) throws NoSuchAlgorithmException {
        this.exchange = exchange;
        sha256 = MessageDigest.getInstance("SHA-256");
    }

    static void addTo(RoutingHandler routes) {
        routes.post("/upload", exchange -> Body.read(exchange, new Upload(exchange)));
        routes.put("/upload", exchange -> Body.read(exchange, new Upload(exchange)));
    }

    @Override
    public void take(ByteBuffer next) {
        bytes += next.remaining();
        sha256.update(next);
    }

    @Override
    public void end() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("bytes", bytes);
        out.put("sha256", HexFormat.of().formatHex(sha256.digest()));
        out.put("seconds", Math.round((System.nanoTime() - start) / 1e6) / 1000.0);
        Respond.json(exchange, 200, out);
    }
}
