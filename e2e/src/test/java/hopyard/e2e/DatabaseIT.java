package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The app with a real PostgreSQL behind it, both as processes. */
class DatabaseIT {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Longer than any timeout of the app's. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir
    private static Path directory;

    private static Program postgres;
    private static int databasePort;

    private final int port = Program.freePort();

    @BeforeAll
    static void start() {
        databasePort = Program.freePort();
        postgres = postgres();
    }

    private static Program postgres() {
        Program started = Program.start(
                Map.of(),
                "database/bin/postgres",
                "--home",
                Program.STATE.resolve("hopyard/postgres").toString(),
                "--data",
                directory.resolve("data").toString(),
                "--port",
                "" + databasePort);
        started.awaitPort(databasePort);
        return started;
    }

    @AfterAll
    static void stop() throws Exception {
        // let PostgreSQL end by itself
        postgres.signal("TERM");
        postgres.await();
        postgres.close();
    }

    private Program app(String... settings) throws Exception {
        Map<String, String> environment = new HashMap<>();
        environment.put("DATABASE_URL", "postgres://hopyard:hopyard@127.0.0.1:" + databasePort + "/hopyard");
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return Program.app(port, environment);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    private JsonNode json(String path) throws IOException, InterruptedException {
        return new ObjectMapper().readTree(get(path).body());
    }

    private static Hop database(HttpResponse<String> response) {
        List<Hop> hops = HopTrace.parse(
                        response.headers().firstValue("Hop-Trace").orElseThrow())
                .orElseThrow();
        assertEquals(List.of("app", "postgres"), hops.stream().map(Hop::name).toList());
        return hops.get(1);
    }

    @Test
    void aNoteIsCreatedFoundAndVotedFor() throws Exception {
        try (Program app = app()) {
            HttpResponse<String> created = send(request("/notes")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"author\": \"Zoë\", \"text\": \"It's <b>real</b>; --\"}")));
            assertEquals(201, created.statusCode(), created.body());
            String location = created.headers().firstValue("Location").orElseThrow();
            assertTrue(location.matches("/notes/[0-9]+"), location);
            JsonNode note = json(location);
            assertEquals("Zoë", note.get("author").asText());
            assertEquals("It's <b>real</b>; --", note.get("text").asText());
            HttpResponse<String> vote = send(request(location + "/vote").POST(BodyPublishers.noBody()));
            assertEquals(
                    1, new ObjectMapper().readTree(vote.body()).get("votes").asInt());
            assertEquals(note.get("id"), json("/notes").get("notes").get(0).get("id"), "the newest is the first");
            String page = send(request("/notes").header("Accept", "text/html")).body();
            assertTrue(page.contains("It's &lt;b&gt;real&lt;/b&gt;; --") && page.contains(">1 vote<"), page);
            for (String none : List.of("/notes/2000000000", "/notes/99999999999", "/notes/first", "/notes/")) {
                assertEquals(404, get(none).statusCode(), app::output);
            }
        }
    }

    @Test
    void aFormOfAnotherOriginIsRefused() throws Exception {
        try (Program app = app()) {
            HttpRequest.Builder form = request("/notes")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("author=Eve&text=forged"));
            assertEquals(302, send(form).statusCode(), app::output);
            for (String origin : List.of("http://evil.example", "null")) {
                assertEquals(403, send(form.copy().header("Origin", origin)).statusCode());
                HttpRequest.Builder fill = request("/db/fill").POST(BodyPublishers.noBody());
                assertEquals(403, send(fill.header("Origin", origin)).statusCode());
            }
        }
    }

    @Test
    void anAnswersFormDependsOnAcceptAndItsContentIsLimitedAsDjangoLimitsIt() throws Exception {
        try (Program app = app("DATA_UPLOAD_MAX_MEMORY_SIZE", "30")) {
            for (String type : List.of("text/html", "application/json")) {
                HttpResponse<String> notes = send(request("/notes").header("Accept", type));
                assertTrue(
                        notes.headers().firstValue("Content-Type").orElseThrow().startsWith(type), app::output);
                assertTrue(notes.headers().allValues("Vary").contains("Accept"), notes.headers()::toString);
            }
            HttpRequest.Builder form = request("/notes").header("Content-Type", "application/x-www-form-urlencoded");
            assertEquals(
                    302,
                    send(form.POST(BodyPublishers.ofString("author=Ann&text=short")))
                            .statusCode());
            HttpResponse<String> refused =
                    send(form.POST(BodyPublishers.ofString("author=Ann&text=" + "long".repeat(10))));
            assertEquals(400, refused.statusCode());
            assertTrue(refused.body().contains("DATA_UPLOAD_MAX_MEMORY_SIZE"), refused.body());
        }
    }

    @Test
    void oneQueryForEachAuthorIsSeen() throws Exception {
        try (Program app = app()) {
            HttpResponse<String> joined = get("/notes");
            HttpResponse<String> each =
                    send(request("/notes/each").header("X-Request-ID", "each").header("Accept", "*/*"));
            assertEquals(joined.body(), each.body(), app::output);
            assertEquals(1, database(joined).database().queries());
            assertEquals(21, database(each).database().queries());
            assertTrue(each.headers().firstValue("Server-Timing").orElseThrow().contains("21 queries, 40 rows"));
            JsonNode record = json("/db/requests/each");
            assertEquals(21, record.get("queries").size());
            assertEquals(database(each).from(), record.at("/connection/from").asText());
            assertEquals(404, get("/db/requests/other").statusCode());
        }
    }

    @Test
    void aStatementsCommentNamesTheCallersTraceUnlessTheCallerNamesTwo() throws Exception {
        String first = "00-" + "a".repeat(32) + "-" + "1".repeat(16) + "-01";
        String second = "00-" + "b".repeat(32) + "-" + "1".repeat(16) + "-01";
        try (Program app = app("DB_POOL_SIZE", "1")) {
            HttpRequest.Builder asked = request("/notes").header("traceparent", first);
            assertEquals(200, send(asked).statusCode(), app::output);
            assertTrue(json("/db").get("connections").toString().contains("a".repeat(32)), app::output);
            assertEquals(200, send(asked.header("traceparent", second)).statusCode());
            String connections = json("/db").get("connections").toString();
            assertTrue(connections.contains("\"traceparent\":\"00-"), connections);
            assertFalse(connections.contains("a".repeat(32)) || connections.contains("b".repeat(32)), connections);
        }
    }

    @Test
    void whoHoldsALockAndWhoWaitsForItIsSeen() throws Exception {
        try (Program app = app("DB_LOCK_TIMEOUT", "1")) {
            long note = json("/notes").at("/notes/0/id").asLong();
            CompletableFuture<HttpResponse<String>> holder = CLIENT.sendAsync(
                    request("/notes/locked?seconds=4&note=" + note).build(), BodyHandlers.ofString());
            Program.until(
                    "the lock to be held",
                    () -> json("/db").get("connections").toString().contains("idle in transaction"));
            HttpResponse<String> vote = send(request("/notes/" + note + "/vote").POST(BodyPublishers.noBody()));
            assertEquals(500, vote.statusCode(), app::output);
            assertTrue(vote.body().contains("for a lock, which another transaction holds"), vote.body());
            assertEquals("lock_timeout", database(vote).database().error());
            assertEquals(200, holder.get().statusCode());
        }
    }

    @Test
    void aSlowStatementIsEndedAndAnExhaustedPoolIsToldFromIt() throws Exception {
        try (Program app = app("DB_POOL_SIZE", "1", "DB_POOL_TIMEOUT", "0.5", "DB_STATEMENT_TIMEOUT", "2")) {
            Program.until("a connection", () -> get("/notes").statusCode() == 200);
            CompletableFuture<HttpResponse<String>> slow =
                    CLIENT.sendAsync(request("/notes/slow?seconds=30").build(), BodyHandlers.ofString());
            Program.until("it to begin", () -> json("/db").at("/pool/busy").asInt() == 1);
            HttpResponse<String> second = get("/notes");
            assertEquals(503, second.statusCode(), app::output);
            assertEquals("1", second.headers().firstValue("Retry-After").orElseThrow());
            assertTrue(second.body().startsWith("The app's pool is exhausted"), second.body());
            assertEquals("pool_timeout", database(second).database().error());
            assertEquals(500, slow.get().statusCode());
            assertEquals("statement_timeout", database(slow.get()).database().error());
            assertEquals(200, get("/notes").statusCode());
        }
    }

    @Test
    void withoutADatabaseTheAppSaysSoAndHasNothingOfItOpen() throws Exception {
        try (Program app = app("DATABASE_URL", "")) {
            assertEquals(503, get("/notes").statusCode());
            assertTrue(get("/notes").body().contains("DATABASE_URL is not set"));
            assertFalse(json("/db").get("configured").asBoolean());
            assertEquals(200, get("/whoami").statusCode());
            try (Stream<Path> files = Files.list(Path.of("/proc/" + app.pid() + "/fd"))) {
                Set<String> open = new HashSet<>();
                for (Path file : (Iterable<Path>) files::iterator) {
                    open.add(Files.readSymbolicLink(file).toString());
                }
                assertTrue(open.stream().anyMatch(file -> file.endsWith("hopyard-backend.jar")), open::toString);
                assertFalse(open.stream().anyMatch(file -> file.contains("database")), open::toString);
            }
        }
    }

    @Test
    void aPasswordIsNowhere() throws Exception {
        String url = "postgres://hopyard:planted-secret@127.0.0.1:" + databasePort + "/hopyard";
        try (Program app = app("DATABASE_URL", url, "DB_POOL_TIMEOUT", "1")) {
            StringBuilder all = new StringBuilder();
            for (String path : List.of("/notes", "/db", "/", "/absolute", "/raise/error")) {
                all.append(get(path).body());
                all.append(send(request(path).header("Accept", "text/html")).body());
            }
            assertTrue(all.toString().contains("password authentication failed"), all::toString);
            assertFalse((all + app.output()).contains("planted-secret"), all::toString);
        }
    }

    @Test
    void aDatabaseThatIsKilledUnderLoadAndComesBackIsFoundAndNoRequestHangs() throws Exception {
        try (Program app = app("DB_POOL_TIMEOUT", "1")) {
            Program.until("a connection", () -> get("/notes").statusCode() == 200);
            AtomicBoolean isOver = new AtomicBoolean();
            ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
            List<CompletableFuture<Void>> load = Stream.generate(() -> CompletableFuture.runAsync(() -> {
                        while (!isOver.get()) {
                            answers.add(answer());
                        }
                    }))
                    .limit(8)
                    .toList();
            long pid = Long.parseLong(Files.readAllLines(directory.resolve("data/postmaster.pid"))
                    .get(0)
                    .strip());
            Program.signal(pid, "KILL");
            Program.until("it to be missed", () -> answers.contains("500 connection_refused"));
            postgres.await();
            postgres.close();
            postgres = postgres();
            Program.until("it to be found again", () -> get("/notes").statusCode() == 200);
            isOver.set(true);
            for (CompletableFuture<Void> each : load) {
                each.get();
            }
            Set<String> kinds = new HashSet<>(answers);
            kinds.removeAll(Set.of("200", "500 connection_lost", "500 connection_refused", "503 pool_timeout"));
            assertEquals(Set.of(), kinds, app::output);
        }
    }

    /** What a request gets: its status, and why it failed. */
    private String answer() {
        try {
            HttpResponse<String> response = get("/notes");
            String error = database(response).database().error();
            return response.statusCode() + (error == null ? "" : " " + error);
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
