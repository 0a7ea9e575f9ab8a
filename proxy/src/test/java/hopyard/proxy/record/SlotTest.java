package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is in a record's first place, and what others get to see of it, before and after secrets have been taken out.
 */
class SlotTest {

    private static final String SECRET = "correct-horse-battery-staple";

    private final Slot slot = new Slot(64 << 10, new Redactor());
    private final Writing recorder = new Writing();
    private RawUpstream upstream;
    private HttpServer server;

    @TempDir
    private Path directory;

    /** Writes each exchange to the slot. */
    private final class Writing implements Recorder, Module {
        private final AtomicInteger finished = new AtomicInteger();

        @Override
        public Manual manual() {
            return new Manual("test", "test.md");
        }

        @Override
        public void compile(Scope scope, LocationHandlers location) {
            Build.of(scope).recorder(this);
        }

        @Override
        public byte[] sent(Exchange exchange, HeadWriter head) {
            return head.toBytes();
        }

        @Override
        public byte[] received(ResponseHead head) {
            return head.toBytes();
        }

        @Override
        public void finished(Exchange exchange) {
            exchange.clock().stop(System.nanoTime());
            PeerSettings[] peers = exchange.upstream().tries().stream()
                    .map(each -> each.peer())
                    .toArray(PeerSettings[]::new);
            slot.write(exchange, finished.get() + 1, System.nanoTime(), peers);
            finished.incrementAndGet();
        }
    }

    @BeforeEach
    void start() throws Exception {
        upstream = RawUpstream.answering(
                "HTTP/1.1 200 OK\r\nSet-Cookie: sid=" + SECRET + "; Path=/\r\nX-Plain: to be seen\r\n"
                        + "Location: http://me:" + SECRET + "@localhost/\r\nContent-Length: 5\r\n\r\nhello");
        List<Module> modules = new ArrayList<>(Modules.all());
        modules.add(recorder);
        Path file = Files.writeString(directory.resolve("nginx.conf"), """
                worker_processes 1; error_log error.log; events {} http { access_log off;
                server { listen 127.0.0.1:0; location / { proxy_pass http://%s; } } }""".formatted(upstream.address()));
        Configuration configuration = new ConfigurationLoader(modules, directory, file, "", "error.log").load();
        server = new HttpServer(configuration, HttpServer.newBufferPool());
        server.use(configuration);
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        upstream.close();
    }

    private void ask(String target, String fields) throws Exception {
        int before = recorder.finished.get();
        try (RawClient client =
                new RawClient(server.boundAddresses().iterator().next().getPort())) {
            client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n")
                    .readThrough("hello");
        }
        Wait.until("the exchange is written", () -> recorder.finished.get() > before);
    }

    private String held() {
        return new String(slot.bytes(), StandardCharsets.ISO_8859_1);
    }

    private static String shown(ExchangeRecord record) {
        String heads = record.attempts().stream()
                .map(each -> new String(each.sentHead(), StandardCharsets.ISO_8859_1)
                        + new String(each.receivedHead(), StandardCharsets.ISO_8859_1))
                .collect(Collectors.joining());
        return record.target() + record.host() + record.fromClient() + record.toClient() + heads;
    }

    @Test
    void whoReadsItGetsNoSecretAlsoBeforeTheyAreTakenOut() throws Exception {
        ask("/a?token=" + SECRET, "Cookie: sid=" + SECRET + "\r\nX-Plain: also to be seen\r\n");
        assertTrue(slot.isRaw());
        KeptRecord kept = slot.content();
        String before = shown(kept.read());
        assertFalse(before.contains(SECRET), before);
        assertTrue(before.contains("token=[redacted:" + SECRET.length() + "]"), before);
        assertTrue(before.contains("also to be seen") && before.contains("to be seen"), before);
        slot.redact(new Redactor());
        assertEquals(before, shown(kept.read()));
    }

    @Test
    void nothingOfThemIsLeftAfterwards() throws Exception {
        ask("/a?token=" + SECRET, "Cookie: sid=" + SECRET + "; a=" + "b".repeat(1500) + "\r\n");
        ask("/b?token=" + SECRET, "Authorization: Bearer " + SECRET + "\r\n");
        assertTrue(held().contains(SECRET));
        slot.redact(new Redactor());
        assertFalse(slot.isRaw());
        assertFalse(held().contains(SECRET), held());
        assertFalse(held().contains("bbbb"), held());
    }

    @Test
    void marksThatAreLongerThanWhatTheyHideMakeTheRecordLonger() throws Exception {
        String cookies = "Cookie: " + "a=b; ".repeat(300) + "a=b\r\nX-After: kept whole\r\n";
        ask("/a?" + "t&token=x&".repeat(20), cookies);
        slot.redact(new Redactor());
        ExchangeRecord record = slot.content().read();
        assertEquals(
                ("a=[redacted:1]; ").repeat(300) + "a=[redacted:1]",
                record.fromClient().getFirst("Cookie"));
        assertEquals("kept whole", record.fromClient().getFirst("X-After"));
        assertEquals("/a?" + "t&token=[redacted:1]&".repeat(20), record.target());
        assertEquals(200, record.status());
        assertEquals(1, record.attempts().size());
        assertFalse(record.isCut());
    }

    @Test
    void anotherRecordInItsPlaceIsNotTakenForIt() throws Exception {
        ask("/first", "");
        KeptRecord first = slot.content();
        ask("/second", "");
        assertNull(first.read());
        assertEquals("/second", slot.content().read().target());
    }
}
