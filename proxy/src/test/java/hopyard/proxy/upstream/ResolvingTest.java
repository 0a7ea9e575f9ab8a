package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of upstreams whose addresses are only known, or change, while the proxy runs. */
class ResolvingTest {

    private static final int HEADER = 12;

    @TempDir
    private Path directory;

    private DatagramSocket dns;
    private final AtomicInteger questions = new AtomicInteger();
    private volatile List<String> addresses = List.of("127.0.0.1");

    /** A name server (RFC 1035) that knows one name, and answers for it with {@link #addresses}. */
    @BeforeEach
    void startNameServer() throws IOException {
        dns = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            byte[] buffer = new byte[512];
            while (!dns.isClosed()) {
                try {
                    DatagramPacket question = new DatagramPacket(buffer, buffer.length);
                    dns.receive(question);
                    questions.incrementAndGet();
                    byte[] answer = answer(Arrays.copyOf(buffer, question.getLength()));
                    dns.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
                } catch (IOException e) {
                    // closed: the test is over
                    return;
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stopNameServer() {
        dns.close();
    }

    private byte[] answer(byte[] question) throws IOException {
        int end = HEADER;
        StringBuilder name = new StringBuilder();
        while (question[end] != 0) {
            name.append(new String(question, end + 1, question[end])).append('.');
            end += question[end] + 1;
        }
        int type = question[end + 2];
        boolean known =
                name.toString().equals("app.internal.") || name.toString().endsWith(".many.internal.");
        List<String> found = known && type == 1 ? addresses : List.of();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(question, 0, 2);
        out.writeShort(known ? 0x8180 : 0x8183);
        out.writeShort(1);
        out.writeShort(found.size());
        out.writeInt(0);
        out.write(question, HEADER, end + 5 - HEADER);
        for (String address : found) {
            out.writeShort(0xc00c);
            out.writeShort(1);
            out.writeShort(1);
            out.writeInt(1);
            out.writeShort(4);
            out.write(InetAddress.getByName(address).getAddress());
        }
        return bytes.toByteArray();
    }

    private String resolver() {
        return "resolver 127.0.0.1:" + dns.getLocalPort() + " valid=1s; resolver_timeout 2s; ";
    }

    @Test
    void aNameInAVariableIsLookedUp() throws Exception {
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        resolver() + "set $app app.internal; location / { proxy_pass http://$app:" + app.port()
                                + "; } location /none { proxy_pass http://none.$app:" + app.port() + "; }")) {
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("ok"));
            assertEquals("app.internal:" + app.port(), hostOf(app));
            assertTrue(RawClient.get(proxy.port(), "/none").startsWith("HTTP/1.1 502 "));
            assertTrue(proxy.errorLine("could not be resolved")
                    .contains("none.app.internal could not be resolved (3: Host not found)"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rmi:x", "ldap:x", "dns:x", "java:comp", "a..b", "-", "a,b", "a\\b"})
    void aClientsWordThatIsNoNameIsNotAskedFor(String word) throws Exception {
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withServer(directory, resolver() + "location / { proxy_pass http://$arg_h; }")) {
            questions.set(0);
            assertTrue(RawClient.get(proxy.port(), "/?h=" + word).startsWith("HTTP/1.1 502 "));
            assertTrue(proxy.errorLine("could not be resolved").contains("(3: Host not found)"));
            assertEquals(word.equals("-") ? 2 : 0, questions.get());
        }
    }

    @Test
    void whatManyClientsAskForIsNotRememberedForEver() throws Exception {
        String keeping = resolver().replace("valid=1s", "valid=10m");
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        keeping
                                + "keepalive_requests 10000; location / { proxy_pass http://$arg_h.many.internal:1; }");
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 1500; i++) {
                ask(client, i);
            }
            questions.set(0);
            ask(client, 1499);
            assertEquals(0, questions.get(), "the newest is known");
            ask(client, 0);
            assertTrue(questions.get() > 0, "the oldest is not");
        }
    }

    /** Nobody listens where the name leads. */
    private static void ask(RawClient client, int name) throws IOException {
        client.send("GET /?h=n" + name + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertTrue(client.readThrough("</html>\r\n").startsWith("HTTP/1.1 502 "));
    }

    private static String hostOf(RawUpstream app) {
        return app.heads()
                .get(0)
                .lines()
                .filter(line -> line.startsWith("Host: "))
                .findFirst()
                .orElseThrow()
                .substring(6);
    }

    @Test
    void aGroupFollowsTheAddressesOfItsName() throws Exception {
        Set<String> used = ConcurrentHashMap.newKeySet();
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    used.add(connection.socket().getLocalAddress().getHostAddress());
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        resolver() + "upstream app { zone app 64k; server app.internal:" + app.port()
                                + " resolve; } server { listen 127.0.0.1:0; add_header X-Upstream $upstream_addr always;"
                                + " location / { proxy_pass http://app; } }")) {
            Wait.until(
                    "the first address", () -> RawClient.get(proxy.port(), "/").endsWith("ok"));
            addresses = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3");
            // nobody listens on the other two, which shows that they are tried
            Wait.until(
                    "the new addresses", () -> RawClient.get(proxy.port(), "/").contains("127.0.0.2:" + app.port()));
            addresses = List.of("127.0.0.1");
            Wait.until("the others to be gone", () -> {
                String response = RawClient.get(proxy.port(), "/");
                return response.contains("X-Upstream: 127.0.0.1:" + app.port() + "\r\n");
            });
            assertEquals(Set.of("127.0.0.1"), used);
        }
    }
}
