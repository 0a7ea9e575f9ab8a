package hopyard.proxy.console.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Name servers to play with, asked by a client that is none of ours. */
class NameServersTest {

    @TempDir
    private Path directory;

    private static Set<String> ask(int port, String name, String type) throws NamingException {
        Hashtable<String, String> settings = new Hashtable<>();
        settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        settings.put(Context.PROVIDER_URL, "dns://127.0.0.1:" + port);
        InitialDirContext context = new InitialDirContext(settings);
        Set<String> found = new TreeSet<>();
        Attribute values =
                context.getAttributes(name + ".", new String[] {type}).get(type);
        for (int i = 0; values != null && i < values.size(); i++) {
            found.add((String) values.get(i));
        }
        context.close();
        return found;
    }

    private static JsonNode open(ConsoleUnderTest console, int seconds, String... addresses) throws IOException {
        ConsoleUnderTest.Answer answer = console.post(
                "/_hops/names", Map.of("name", "Shop.internal", "addresses", List.of(addresses), "seconds", seconds));
        assertEquals(201, answer.status(), answer.body());
        return answer.json();
    }

    @Test
    void aNameHasTheAddressesThatItWasGivenLast() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            int port = open(console, 60, "127.0.0.1", "127.0.0.9").get("port").asInt();
            assertEquals(Set.of("127.0.0.1", "127.0.0.9"), ask(port, "sHOP.internal", "A"));
            assertEquals(Set.of(), ask(port, "shop.internal", "AAAA"));
            assertThrows(NameNotFoundException.class, () -> ask(port, "other.internal", "A"));
            JsonNode changed = console.post("/_hops/names/" + port, Map.of("addresses", List.of("127.0.0.2")))
                    .json();
            assertEquals(Set.of("127.0.0.2"), ask(port, "shop.internal", "A"));
            assertEquals(1, changed.get("questions").asInt());
            assertEquals(
                    2, console.json("/_hops/names").at("/servers/0/questions").asInt());
        }
    }

    @Test
    void oneIsClosedWhenItIsToldToAndWhenItsTimeIsOver() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            int port = open(console, 60).get("port").asInt();
            assertEquals(200, console.delete("/_hops/names/" + port).status());
            assertEquals(404, console.delete("/_hops/names/" + port).status());
            int soon = open(console, 1).get("port").asInt();
            Wait.until(
                    "its end", () -> console.json("/_hops/names").get("servers").isEmpty());
            for (int each : new int[] {port, soon}) {
                // the system may lend a free port to somebody else for a moment
                Wait.until("port " + each + " to be free", () -> isFree(each));
            }
        }
    }

    private static boolean isFree(int port) throws IOException {
        try (DatagramSocket ignored = new DatagramSocket(port, InetAddress.getByName("127.0.0.1"))) {
            return true;
        } catch (BindException e) {
            return false;
        }
    }

    @Test
    void thereAreFewOfThem() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (int i = 0; i < 4; i++) {
                open(console, 2);
            }
            assertEquals(
                    409,
                    console.post("/_hops/names", Map.of("name", "a", "addresses", List.of()))
                            .status());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\": \"a..b\", \"addresses\": []}",
                "{\"name\": \"a b\", \"addresses\": []}",
                "{\"name\": \"a\", \"addresses\": \"127.0.0.1\"}",
                "{\"name\": \"a\", \"addresses\": [\"::1\"]}",
                "{\"name\": \"a\", \"addresses\": [\"localhost\"]}",
                "{\"name\": \"a\", \"addresses\": [\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\"]}",
                "{\"name\": \"a\", \"addresses\": [], \"seconds\": 301}"
            })
    void whatMakesNoSenseIsRefused(String body) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.post("/_hops/names", new ObjectMapper().readTree(body));
            assertEquals(400, answer.status(), answer.body());
            assertTrue(answer.json().get("error").asText().contains(" must be "), answer.body());
        }
    }

    @Test
    void anotherSitesPageOpensNone() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            Request.Builder request = console.request("/_hops/names")
                    .header("Origin", "https://evil.example")
                    .post(RequestBody.create(
                            "{\"name\": \"a\", \"addresses\": []}", MediaType.get("application/json")));
            assertEquals(403, console.send(request).status());
            assertTrue(console.json("/_hops/names").get("servers").isEmpty());
        }
    }

    @Test
    void whatIsNoQuestionDoesNotEndIt() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory);
                DatagramSocket client = new DatagramSocket()) {
            int port = open(console, 60, "127.0.0.3").get("port").asInt();
            Random random = new Random(7);
            byte[] header = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
            for (int length = 0; length < 200; length++) {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                // half of them begin as questions do
                if (length % 2 == 0) {
                    System.arraycopy(header, 0, bytes, 0, Math.min(header.length, length));
                }
                byte[] sent = Arrays.copyOf(bytes, length);
                client.send(new DatagramPacket(sent, length, new InetSocketAddress("127.0.0.1", port)));
            }
            assertEquals(Set.of("127.0.0.3"), ask(port, "shop.internal", "A"));
        }
    }
}
