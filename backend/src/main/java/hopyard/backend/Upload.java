package hopyard.backend;

import hopyard.backend.Respond.BadRequest;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.BlockingHandler;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Takes a body of any size, counts and hashes it, and keeps nothing. */
final class Upload {

    void addTo(RoutingHandler routes) {
        routes.post("/upload", new BlockingHandler(Respond.refusing(Upload::upload)));
        routes.put("/upload", new BlockingHandler(Respond.refusing(Upload::upload)));
    }

    private static void upload(HttpServerExchange exchange) throws BadRequest, IOException, NoSuchAlgorithmException {
        long start = System.nanoTime();
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[64 << 10];
        long bytes = 0;
        try (InputStream in = exchange.getInputStream()) {
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                sha256.update(block, 0, n);
                bytes += n;
            }
        }
        Door.checkContent(exchange);
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("bytes", bytes);
        out.put("sha256", HexFormat.of().formatHex(sha256.digest()));
        out.put("seconds", Math.round((System.nanoTime() - start) / 1e6) / 1000.0);
        Respond.json(exchange, 200, out);
    }
}
