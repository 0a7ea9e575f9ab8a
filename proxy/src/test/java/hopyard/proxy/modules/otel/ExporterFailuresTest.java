package hopyard.proxy.modules.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otel.SpanCounts;
import hopyard.otlp.OtlpReceiver;
import hopyard.proxy.support.Heap;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients notice of an exporter that cannot export: nothing. */
class ExporterFailuresTest {

    private static final int REQUESTS = 2000;

    @TempDir
    private Path directory;

    private static void ask(int port, int requests) {
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < requests; i++) {
                String response =
                        client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("\r\n\r\nok");
                assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"unreachable, http", "unreachable, grpc", "REFUSE, http", "REFUSE, grpc", "HANG, http", "HANG, grpc"})
    void clientsAreAnsweredMemoryIsBoundedAndWhatIsLostIsCounted(String how, String protocol) {
        boolean isHttp = protocol.equals("http");
        try (OtlpReceiver receiver = isHttp ? OtlpReceiver.http() : OtlpReceiver.grpc()) {
            String endpoint = receiver.endpoint();
            if (how.equals("unreachable")) {
                endpoint = "127.0.0.1:" + Ports.free() + (isHttp ? "/v1/traces" : "");
            } else {
                receiver.answers(OtlpReceiver.Answer.valueOf(how));
            }
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                    directory,
                    "otel_exporter { endpoint " + endpoint + "; interval 10ms; batch_size 64; } otel_trace on;"
                            + " server { listen 127.0.0.1:0; keepalive_requests 1000000; access_log off;"
                            + " location / { return 200 ok; } }")) {
                SpanCounts counts = OtelExport.counts(proxy.server().configuration());
                ask(proxy.port(), REQUESTS);
                long growth = Heap.growth(() -> ask(proxy.port(), 2 * REQUESTS));
                assertTrue(growth < 2 << 20, growth + " bytes more");
                if (how.equals("HANG")) {
                    // four batches are on their way, and nothing else waits
                    Wait.until("the rest is dropped", () -> counts.dropped() == 3 * REQUESTS - 4 * 64);
                    assertTrue(proxy.errorLine("OTel dropped records: ").contains("[notice]"));
                    receiver.answers(OtlpReceiver.Answer.TAKE);
                    Wait.until(
                            "each is counted",
                            () -> counts.exported() + counts.failed() + counts.dropped() == 3 * REQUESTS);
                } else {
                    Wait.until("each is counted", () -> counts.failed() + counts.dropped() == 3 * REQUESTS);
                    assertTrue(counts.failed() > 0);
                    assertTrue(proxy.errorLine("OTel export failure: ").contains("[error]"));
                    assertEquals(0, counts.exported());
                }
            }
        }
    }
}
