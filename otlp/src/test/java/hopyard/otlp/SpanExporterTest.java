package hopyard.otlp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otel.Settings;
import hopyard.otel.Span;
import hopyard.otel.SpanExporter;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an exporter does with spans, seen by a receiver that decodes OTLP. */
class SpanExporterTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b9c7c989f97918e1";

    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

    private static OtlpReceiver receiver(boolean isHttp) {
        return isHttp ? OtlpReceiver.http() : OtlpReceiver.grpc();
    }

    private SpanExporter exporter(String endpoint, int interval, int size, int count) {
        return exporter(endpoint, interval, size, count, null);
    }

    private SpanExporter exporter(String endpoint, int interval, int size, int count, Path certificate) {
        return SpanExporter.start(
                new Settings(
                        endpoint,
                        Duration.ofMillis(interval),
                        size,
                        count,
                        Map.of("x-api-token", "api.value"),
                        certificate,
                        Map.of("service.name", "test_service")),
                new OtlpProvider(),
                log::add);
    }

    private static Span span() {
        return new Span(
                TRACE,
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong() | 1),
                PARENT,
                "congo=ucfJifl5GOE,rojo=00f067aa0ba902b7",
                true,
                Span.Kind.SERVER,
                "/ok",
                1_000_000_000L,
                2_000_000_000L,
                Map.of("text", "a", "number", 7L, "flag", true, "list", List.of("b", "c")),
                List.of(new Span.Event("half", 1_500_000_000L, Map.of("n", 1L))),
                true,
                "connection_refused");
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, "waited in vain");
            Thread.sleep(5);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allThatASpanHasArrives(boolean isHttp) throws InterruptedException {
        try (OtlpReceiver receiver = receiver(isHttp);
                SpanExporter exporter = exporter(receiver.endpoint(), 10, 10, 4)) {
            assertTrue(exporter.offer(span()));
            io.opentelemetry.proto.trace.v1.Span got = receiver.await(1).get(0);
            assertEquals(TRACE, OtlpReceiver.hex(got.getTraceId()));
            assertEquals(PARENT, OtlpReceiver.hex(got.getParentSpanId()));
            assertEquals("congo=ucfJifl5GOE,rojo=00f067aa0ba902b7", got.getTraceState());
            assertEquals(1, got.getFlags() & 1);
            assertEquals("/ok", got.getName());
            assertEquals("SPAN_KIND_SERVER", got.getKind().name());
            assertEquals(1_000_000_000L, got.getStartTimeUnixNano());
            assertEquals(2_000_000_000L, got.getEndTimeUnixNano());
            assertEquals(
                    Map.of("text", "a", "number", "7", "flag", "true", "list", "[b, c]"),
                    OtlpReceiver.attributes(got.getAttributesList()));
            assertEquals("half", got.getEvents(0).getName());
            assertEquals(1_500_000_000L, got.getEvents(0).getTimeUnixNano());
            assertEquals("STATUS_CODE_ERROR", got.getStatus().getCode().name());
            assertEquals("connection_refused", got.getStatus().getMessage());
            assertEquals(
                    Map.of("service.name", "test_service"),
                    OtlpReceiver.attributes(receiver.resource().getAttributesList()));
            assertEquals("api.value", receiver.fields().get("x-api-token"));
            until(() -> exporter.exported() == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAnEndpointRejectsOfABatchIsCountedAsFailed(boolean isHttp) throws InterruptedException {
        try (OtlpReceiver receiver = receiver(isHttp);
                SpanExporter exporter = exporter(receiver.endpoint(), 3_600_000, 3, 4)) {
            receiver.answers(OtlpReceiver.Answer.TAKE_PART);
            for (int i = 0; i < 3; i++) {
                exporter.offer(span());
            }
            until(() -> exporter.exported() + exporter.failed() == 3);
            assertEquals(1, exporter.failed());
            assertEquals(
                    "OTel export failure: 1 of 3 spans were rejected: no room?"
                            + " (spans: 2 exported, 1 failed, 0 dropped)",
                    log.take());
        }
    }

    /** Without a trusted_certificate: by the JVM's authorities, of which none has vouched for what is no TLS. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndpointOfHttpsIsAskedByTls(boolean isHttp) throws InterruptedException {
        try (OtlpReceiver receiver = receiver(isHttp);
                SpanExporter exporter =
                        exporter("https://" + receiver.endpoint().replace("http://", ""), 10, 1, 4)) {
            exporter.offer(span());
            until(() -> exporter.failed() == 1);
            String line = log.take();
            assertTrue(line.startsWith("OTel export failure: "), line);
            assertEquals(0, receiver.seen());
        }
    }

    /** A page to log in at is no endpoint, and is not told the headers. */
    @Test
    void aRedirectIsNotFollowed() throws InterruptedException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                SpanExporter exporter = exporter(receiver.endpoint(), 10, 1, 4)) {
            receiver.answers(OtlpReceiver.Answer.REDIRECT);
            exporter.offer(span());
            until(() -> exporter.failed() == 1);
            assertEquals(0, receiver.logins());
            assertTrue(log.take().startsWith("OTel export failure: HTTP status 302 "));
        }
    }

    @Test
    void aFullBatchDoesNotWaitForTheInterval() {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                SpanExporter exporter = exporter(receiver.endpoint(), 3_600_000, 3, 3)) {
            for (int i = 0; i < 7; i++) {
                exporter.offer(span());
            }
            receiver.await(6);
            exporter.close();
            assertEquals(7, receiver.await(7).size());
            receiver.batches()
                    .forEach(batch -> assertTrue(
                            batch.getResourceSpans(0).getScopeSpans(0).getSpansCount() <= 3));
        }
    }

    @Test
    void closingSendsWhatIsLeft() {
        try (OtlpReceiver receiver = OtlpReceiver.grpc()) {
            SpanExporter exporter = exporter(receiver.endpoint(), 3_600_000, 100, 4);
            exporter.offer(span());
            exporter.close();
            assertEquals(1, receiver.spans().size());
            assertEquals(1, exporter.exported());
            assertFalse(exporter.offer(span()));
            assertEquals(1, exporter.dropped());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReceiverThatRefusesCostsTheBatchAndALine(boolean isHttp) throws InterruptedException {
        try (OtlpReceiver receiver = receiver(isHttp);
                SpanExporter exporter = exporter(receiver.endpoint(), 10, 10, 4)) {
            receiver.answers(OtlpReceiver.Answer.REFUSE);
            exporter.offer(span());
            until(() -> exporter.failed() == 1);
            assertEquals(
                    "OTel export failure: "
                            + (isHttp ? "HTTP status 503" : "gRPC status UNAVAILABLE, closed for today")
                            + " (spans: 0 exported, 1 failed, 0 dropped)",
                    log.take());
            exporter.offer(span());
            until(() -> exporter.failed() == 2);
            assertNull(log.poll(), "nothing is said again for a minute");
            receiver.answers(OtlpReceiver.Answer.TAKE);
            exporter.offer(span());
            receiver.await(1);
            until(() -> exporter.exported() == 1);
            receiver.answers(OtlpReceiver.Answer.REFUSE);
            exporter.offer(span());
            String again = log.poll(30, TimeUnit.SECONDS);
            assertTrue(again != null && again.endsWith(" (spans: 1 exported, 3 failed, 0 dropped)"), again);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReceiverThatHangsHoldsNoMoreSpansThanItsBatches(boolean isHttp) throws InterruptedException {
        try (OtlpReceiver receiver = receiver(isHttp)) {
            SpanExporter exporter = exporter(receiver.endpoint(), 1, 5, 2);
            receiver.answers(OtlpReceiver.Answer.HANG);
            int taken = 0;
            for (int i = 0; i < 1000; i++) {
                taken += exporter.offer(span()) ? 1 : 0;
            }
            assertEquals(10, taken);
            assertEquals(990, exporter.dropped());
            until(() -> receiver.seen() == 2);
            receiver.answers(OtlpReceiver.Answer.TAKE);
            until(() -> exporter.exported() == 10);
            assertTrue(exporter.offer(span()));
            exporter.close();
            assertEquals(11, exporter.exported());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/traces", ""})
    void anEndpointWhereNobodyListensCostsTheBatchAndALine(String path) throws IOException, InterruptedException {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        try (SpanExporter exporter = exporter("127.0.0.1:" + port + path, 1, 10, 4)) {
            exporter.offer(span());
            until(() -> exporter.failed() == 1);
            String line = log.take();
            assertTrue(line.startsWith("OTel export failure: Failed to connect to "), line);
        }
    }

    @Test
    void closingDoesNotWaitForAReceiverThatHangs() {
        try (OtlpReceiver receiver = OtlpReceiver.http()) {
            receiver.answers(OtlpReceiver.Answer.HANG);
            SpanExporter exporter = exporter(receiver.endpoint(), 1, 1, 1);
            exporter.offer(span());
            long before = System.nanoTime();
            exporter.close();
            assertTrue(System.nanoTime() - before < TimeUnit.SECONDS.toNanos(6), "the library gives up after 10 s");
            assertEquals(0, exporter.exported());
        }
    }

    @Test
    void aTrustedCertificateThatIsNoneIsSaidAndSpansAreCounted(@TempDir Path directory)
            throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("some.pem"), "no certificate");
        SpanExporter exporter = exporter("https://127.0.0.1:1", 1, 1, 100, file);
        boolean wasTaken = exporter.offer(span());
        String line = log.poll(30, TimeUnit.SECONDS);
        assertTrue(line != null && line.startsWith("OTel worker init error: "), line);
        exporter.close();
        assertFalse(exporter.offer(span()));
        assertEquals(2, exporter.failed() + exporter.dropped(), "the first was " + (wasTaken ? "" : "not ") + "taken");
    }

    @Test
    void aSpanThatCannotBeSentCostsItsBatchAndNotTheOthers() throws InterruptedException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                SpanExporter exporter = exporter(receiver.endpoint(), 1, 1, 4)) {
            Span good = span();
            // there is no list of events, and nothing is made of that
            exporter.offer(new Span(
                    good.traceId(),
                    good.spanId(),
                    null,
                    null,
                    true,
                    good.kind(),
                    "/",
                    1,
                    2,
                    Map.of(),
                    null,
                    false,
                    null));
            until(() -> exporter.failed() == 1);
            exporter.offer(good);
            receiver.await(1);
        }
    }

    @Test
    void whatComesDuringAFlushWaitsForTheNext() throws InterruptedException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                SpanExporter exporter = exporter(receiver.endpoint(), 3_000, 2, 4)) {
            CountDownLatch third = new CountDownLatch(3);
            offerInTurn(exporter, third);
            receiver.await(2);
            assertFalse(third.await(300, TimeUnit.MILLISECONDS), "the third is made, for a batch of its own");
            exporter.close();
            assertEquals(3, receiver.spans().size());
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(each -> each.getName().equals("span-exporter"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRetiredExporterHasNoThreadButForWhatStillComes(boolean isHttp) throws InterruptedException {
        try (OtlpReceiver receiver = receiver(isHttp)) {
            until(() -> threads() == 0);
            try (SpanExporter exporter = exporter(receiver.endpoint(), 3_600_000, 100, 4)) {
                exporter.offer(span());
                exporter.retire();
                for (int taken = 1; taken < 50; taken++) {
                    receiver.await(taken);
                    // now and then while the thread is about to end
                    int last = taken;
                    until(() -> last % 2 == 0 || threads() == 0);
                    assertTrue(exporter.offer(span()));
                }
                receiver.await(50);
                until(() -> threads() == 0 && exporter.exported() == 50);
            }
            assertEquals(50, receiver.spans().size());
        }
    }

    /** Four offer at once what an exporter gets that rests and is woken all the time. */
    @Test
    void noneIsLostBetweenTheEndOfAThreadAndTheNext() throws InterruptedException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                SpanExporter exporter = exporter(receiver.endpoint(), 3_600_000, 100, 100)) {
            exporter.retire();
            List<Thread> offering = Stream.generate(() -> new Thread(() -> {
                        for (int i = 0; i < 500; i++) {
                            exporter.offer(span());
                            if (i % 10 == 0) {
                                Thread.yield();
                            }
                        }
                    }))
                    .limit(4)
                    .toList();
            offering.forEach(Thread::start);
            for (Thread each : offering) {
                each.join();
            }
            until(() -> exporter.exported() + exporter.dropped() + exporter.failed() == 2000);
            assertEquals(exporter.exported(), receiver.spans().size());
            assertEquals(0, exporter.failed());
        }
    }

    /** Offers a span, and another when it is made, and so on. */
    private static void offerInTurn(SpanExporter exporter, CountDownLatch made) {
        exporter.offer(1, () -> {
            made.countDown();
            offerInTurn(exporter, made);
            return List.of(span());
        });
    }

    @Test
    void spansThatAreOfferedAtTheEndAreCounted() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            try (OtlpReceiver receiver = OtlpReceiver.http()) {
                SpanExporter exporter = exporter(receiver.endpoint(), 1, 50, 4);
                CountDownLatch some = new CountDownLatch(200);
                List<Thread> threads = Stream.generate(() -> new Thread(() -> {
                            for (int i = 0; i < 1000; i++) {
                                exporter.offer(span());
                                some.countDown();
                            }
                        }))
                        .limit(3)
                        .toList();
                threads.forEach(Thread::start);
                some.await();
                exporter.close();
                for (Thread each : threads) {
                    each.join();
                }
                until(() -> exporter.exported() + exporter.failed() + exporter.dropped() == 3000);
            }
        }
    }

    @Test
    void whatIsNoEndpointIsRefused() {
        for (String wrong : List.of("", "unix:/run/x", "a b", "host:99999", "http://", "h:1/p?q=1")) {
            assertThrows(IllegalArgumentException.class, () -> exporter(wrong, 1, 1, 1), wrong);
        }
    }
}
