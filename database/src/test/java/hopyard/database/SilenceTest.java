package hopyard.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Failure.Code;
import hopyard.backend.database.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that says nothing, or nothing that PostgreSQL says: whoever waits is told who lets it wait. */
class SilenceTest {

    @TempDir
    private Path directory;

    private static DatabaseSettings at(ServerSocket server, String... more) throws Exception {
        Map<String, String> environment = new HashMap<>();
        environment.put("DATABASE_URL", "postgres://hopyard:hopyard@127.0.0.1:" + server.getLocalPort() + "/hopyard");
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return DatabaseSettings.from(environment);
    }

    private static ServerSocket server() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @Test
    void aServerThatSaysNothingIsNotTakenForAnExhaustedPool() throws Exception {
        // the kernel takes connections for it, and nobody reads them
        try (ServerSocket silent = server();
                Asked asked = new Asked(at(silent, "DB_POOL_SIZE", "2", "DB_POOL_TIMEOUT", "1"))) {
            List<CompletableFuture<Outcome<Object>>> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                all.add(asked.begin("each" + i, session -> session.query("SELECT 1")));
            }
            for (CompletableFuture<Outcome<Object>> each : all) {
                Failure failure = each.get().failure();
                assertEquals(Code.CONNECTION_REFUSED, failure.code(), failure::getMessage);
                assertTrue(failure.getMessage().contains("it does not answer"), failure::getMessage);
            }
            assertEquals(false, asked.state().get("reachable"));
            assertTrue(asked.tls("require").get("error").toString().contains("it does not answer"));
        }
    }

    @Test
    void aPostgresThatIsStoppedIsNotTakenForAnExhaustedPoolAndGoesOnAfterwards() throws Exception {
        RealPostgres postgres = new RealPostgres(directory).start();
        try (postgres;
                Asked asked = new Asked(postgres.settings("DB_POOL_SIZE", "8", "DB_POOL_TIMEOUT", "1"))) {
            RealPostgres.until("a connection", () -> asked.failure("SELECT 1") == null);
            CountDownLatch end = new CountDownLatch(1);
            List<CompletableFuture<Outcome<Object>>> all = new ArrayList<>();
            postgres.signal("STOP");
            try {
                // more than the pool may have by now
                for (int i = 0; i < 8; i++) {
                    all.add(asked.begin("each" + i, session -> {
                        end.await();
                        return null;
                    }));
                }
                Outcome<?> first = (Outcome<?>) CompletableFuture.anyOf(all.toArray(CompletableFuture[]::new))
                        .get();
                assertEquals(Code.CONNECTION_REFUSED, first.failure().code(), first.failure()::getMessage);
                assertTrue(first.failure().getMessage().contains("it does not answer"), first.failure()::getMessage);
            } finally {
                postgres.signal("CONT");
            }
            RealPostgres.until("another connection", () -> asked.failure("SELECT 1") == null);
            end.countDown();
        }
    }

    @Test
    void whatIsNoPostgresIsCalledSo() throws Exception {
        for (String mode : List.of("prefer", "disable")) {
            try (ServerSocket web = server();
                    Asked asked = new Asked(at(
                            web,
                            "DATABASE_URL",
                            "postgres://hopyard@127.0.0.1:" + web.getLocalPort() + "/hopyard?sslmode=" + mode,
                            "DB_POOL_TIMEOUT",
                            "1"))) {
                Thread serving = new Thread(() -> answerAll(web));
                serving.start();
                Failure failure = asked.failure("SELECT 1");
                assertEquals(Code.CONNECTION_REFUSED, failure.code(), failure::getMessage);
                assertTrue(failure.getMessage().contains("is no PostgreSQL"), failure::getMessage);
            }
        }
    }

    private static void answerAll(ServerSocket web) {
        try {
            while (true) {
                try (Socket client = web.accept()) {
                    client.getInputStream().read();
                    client.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    client.shutdownOutput();
                    client.getInputStream().readAllBytes();
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    @Test
    void nobodyWaitsForThePreparationOfAnother() throws Exception {
        AtomicInteger times = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Preparation preparation = new Preparation(session -> {
            if (times.incrementAndGet() == 1) {
                begun.countDown();
                end.await();
            }
            return null;
        });
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> {
            try {
                preparation.prepare(null);
            } catch (Failure | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        begun.await();
        preparation.prepare(null);
        assertEquals(2, times.get());
        end.countDown();
        assertNull(first.get());
        preparation.prepare(null);
        assertEquals(2, times.get());
    }

    @Test
    void whoAsksIsAnsweredAlsoWhenTheAnswerCannotBeFound() throws Exception {
        Questions questions = new Questions(Thread::new);
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        questions.ask(
                "same",
                () -> {
                    throw new IllegalStateException("planted");
                },
                answer::complete);
        assertTrue(answer.get().get("error").toString().contains("planted"));
        CompletableFuture<Map<String, Object>> second = new CompletableFuture<>();
        questions.ask("same", () -> Map.of("found", true), second::complete);
        assertEquals(Map.of("found", true), second.get());
        questions.close(() -> {});
    }
}
