package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/** The lesson of the killed app: the playground goes on without it, and the app can come back. */
class KilledAppIT {

    private final int proxyPort = Program.freePort();
    private final int appPort = Program.freePort();
    private final OkHttpClient client = new OkHttpClient();

    private Response get() throws IOException {
        return client.newCall(new Request.Builder()
                        .url("http://localhost:" + proxyPort + "/healthz")
                        .build())
                .execute();
    }

    @Test
    void theProxyAnswers502UntilTheAppIsBack() throws Exception {
        String[] ports = {"--proxy-port", Integer.toString(proxyPort), "--app-port", Integer.toString(appPort)};
        try (Program playground = Program.start(Map.of(), "./playground", ports[0], ports[1], ports[2], ports[3])) {
            playground.awaitOutput("Ctrl-C stops both");
            Program.signal(playground.child("hopyard-backend.jar"), "KILL");
            playground.awaitOutput("the app has ended");
            try (Response down = get()) {
                assertEquals(502, down.code());
                assertEquals("hopyard;error=connection_refused", down.header("Proxy-Status"));
            }
            playground.awaitOutput("connect() failed (111: Connection refused)");
            try (Program app = Program.start(Map.of(), "./playground", "--app-only", ports[2], ports[3])) {
                app.awaitPort(appPort);
                try (Response up = get()) {
                    assertEquals(200, up.code());
                }
            }
        }
    }
}
