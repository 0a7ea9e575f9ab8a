package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Django's settings that bite behind a proxy. */
class SettingsIT {

    private final OkHttpClient client =
            new OkHttpClient.Builder().followRedirects(false).build();

    private String location(Map<String, String> settings, String... headers) throws IOException {
        int port = Program.freePort();
        try (Program app = Program.app(port, settings)) {
            Request.Builder request = new Request.Builder().url("http://127.0.0.1:" + port + "/redirect/1");
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            try (Response response = client.newCall(request.build()).execute()) {
                return response.code() == 302
                        ? response.header("Location").replace(":" + port, "")
                        : response.code() + "";
            }
        }
    }

    @Test
    void forwardedHeadersAreIgnoredUnlessASettingSaysOtherwise() throws IOException {
        String[] headers = {"X-Forwarded-Proto", "https", "X-Forwarded-Host", "shop.example"};
        assertEquals("http://127.0.0.1/whoami", location(Map.of(), headers));
        assertEquals(
                "https://127.0.0.1/whoami",
                location(Map.of("SECURE_PROXY_SSL_HEADER", "X-Forwarded-Proto,https"), headers));
        assertEquals(
                "http://shop.example/whoami",
                location(Map.of("USE_X_FORWARDED_HOST", "true", "ALLOWED_HOSTS", "shop.example"), headers));
    }

    private String firstPage(Map<String, String> settings, String host) throws IOException {
        int port = Program.freePort();
        try (Program app = Program.app(port, settings)) {
            Request request = new Request.Builder()
                    .url("http://127.0.0.1:" + port + "/")
                    .header("Host", host)
                    .build();
            try (Response response = client.newCall(request).execute()) {
                String page = response.body().string();
                return page.substring(page.indexOf("<p id=\"instrument\">"))
                        .lines()
                        .findFirst()
                        .orElseThrow();
            }
        }
    }

    @Test
    void whoHasBypassedTheProxyIsLedToItWhereTheAppCanKnow() throws IOException {
        String there = firstPage(Map.of("PROXY_PORT", "8080"), "localhost:8000");
        assertTrue(there.contains("<a href=\"http://localhost:8080/\">"), there);
        String usual = firstPage(Map.of("PROXY_PORT", "80"), "[::1]:8000");
        assertTrue(usual.contains("<a href=\"http://[::1]/\">"), usual);
        String elsewhere = firstPage(Map.of("PROXY_PORT", "8080", "ALLOWED_HOSTS", "*"), "shop.example:8000");
        assertTrue(elsewhere.contains("at port 8080;") && !elsewhere.contains("href"), elsewhere);
        for (String unknown : new String[] {"", "8080-8089"}) {
            String untold = firstPage(Map.of("PROXY_PORT", unknown), "localhost:8000");
            assertTrue(untold.contains("has not been told where its proxy is"), untold);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // what the app takes itself for is what it was told, as in Django
        "'', http://127.0.0.1, 200",
        "'', https://127.0.0.1, 403",
        "'', null, 403",
        "'', '', 200",
        "https://shop.example, https://shop.example, 200",
        "https://shop.example, http://shop.example, 403",
        "https://*.example, https://a.b.example, 200",
        // as Django does
        "https://*.example, https://example, 200",
        "https://*.example, https://evilexample, 403",
    })
    void aFormIsTakenFromTheAppsOwnOriginAndFromTrustedOnes(String trusted, String origin, int status)
            throws IOException {
        int port = Program.freePort();
        try (Program app = Program.app(port, Map.of("CSRF_TRUSTED_ORIGINS", trusted))) {
            Request.Builder request = new Request.Builder()
                    .url("http://127.0.0.1:" + port + "/csrf")
                    .post(RequestBody.create(new byte[0]));
            if (!origin.isEmpty()) {
                request.header("Origin", origin.equals("http://127.0.0.1") ? origin + ":" + port : origin);
            }
            try (Response response = client.newCall(request.build()).execute()) {
                assertEquals(status, response.code());
                assertEquals(status == 403, response.body().string().contains("Origin checking failed - " + origin));
            }
        }
    }

    @Test
    void aPageForHttpsOnlyRedirectsUntilTheProxySaysThatItIsHttps() throws IOException {
        int port = Program.freePort();
        try (Program app = Program.app(port, Map.of("SECURE_PROXY_SSL_HEADER", "X-Forwarded-Proto,https"))) {
            Request.Builder request = new Request.Builder().url("http://127.0.0.1:" + port + "/https-only");
            try (Response response = client.newCall(request.build()).execute()) {
                assertEquals(301, response.code());
                assertEquals("https://127.0.0.1:" + port + "/https-only", response.header("Location"));
            }
            request.header("X-Forwarded-Proto", "https");
            try (Response response = client.newCall(request.build()).execute()) {
                assertEquals(200, response.code());
            }
        }
    }

    @Test
    void theForwardedHostMustBeAllowedToo() throws IOException {
        assertEquals("400", location(Map.of("USE_X_FORWARDED_HOST", "1"), "X-Forwarded-Host", "evil.example"));
    }

    @Test
    void aLeadingDotAllowsSubdomainsAndAnAsteriskAll() throws IOException {
        assertEquals(
                "http://a.b.example/whoami", location(Map.of("ALLOWED_HOSTS", ".b.example"), "Host", "a.b.example"));
        assertEquals("http://any.example/whoami", location(Map.of("ALLOWED_HOSTS", "*"), "Host", "any.example"));
        assertEquals("400", location(Map.of("ALLOWED_HOSTS", "b.example"), "Host", "a.b.example"));
    }

    @ParameterizedTest
    @CsvSource({
        "PORT, many, must be a number",
        "SECURE_PROXY_SSL_HEADER, X-Only, must be a header name and a value",
        "USE_X_FORWARDED_HOST, maybe, must be true or false",
        "STATIC_ROOT, no/where, must be a directory",
    })
    void aSettingThatMakesNoSenseIsSaidInOneLine(String name, String value, String message)
            throws InterruptedException {
        try (Program app = Program.start(Map.of(name, value), "java", "-jar", "backend/target/hopyard-backend.jar")) {
            assertEquals(1, app.await());
            assertTrue(
                    app.output().startsWith("CommandError: " + name)
                            && app.output().contains(message),
                    app.output());
            assertEquals(1, app.output().lines().count());
        }
    }

    @Test
    void startsWithABannerAndLogsRequestsAsDjangoDoes() throws IOException {
        int port = Program.freePort();
        try (Program app = Program.app(port, Map.of())) {
            app.awaitOutput("Starting development server at http://127.0.0.1:" + port + "/");
            client.newCall(new Request.Builder()
                            .url("http://127.0.0.1:" + port + "/healthz")
                            .build())
                    .execute()
                    .close();
            app.awaitOutput("\"GET /healthz HTTP/1.1\" 200 3");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "[fd00::5], , [fd00::5], http://[fd00::5]/whoami",
        "192.168.1.5, , any.example, 400",
        "[::], , any.example, http://any.example/whoami",
        "0.0.0.0, b.example, any.example, 400"
    })
    void theAddressThatComposePublishesAtIsAllowedUnlessHostsAreGiven(
            String share, String allowed, String host, String expected) throws IOException {
        Map<String, String> settings = allowed == null ? Map.of() : Map.of("ALLOWED_HOSTS", allowed);
        Map<String, String> all = new HashMap<>(settings);
        all.put("SHARE", share);
        assertEquals(expected, location(all, "Host", host));
    }
}
