package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a resolver asks, what it makes of the answers, and how long it believes them: nginx's rules. */
class ResolverTest {

    private static final int HEADER = 12;

    /**
     * What the name server says, by name and type, such as {@code "a.example 1"}: addresses, other names, {@code
     * ttl=SECONDS}, {@code code=NUMBER}, {@code tcp} for what is too long for a datagram, {@code silent}. What is not
     * there is empty.
     */
    private final Map<String, String> zone = new ConcurrentHashMap<>();

    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private DatagramSocket udp;
    private ServerSocket tcp;

    @BeforeEach
    void startNameServer() throws IOException {
        tcp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress());
        start(() -> {
            byte[] buffer = new byte[512];
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                byte[] answer = answer(Arrays.copyOf(buffer, packet.getLength()), false);
                if (answer != null) {
                    udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        });
        start(() -> {
            while (true) {
                try (Socket socket = tcp.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    byte[] answer = answer(in.readNBytes(in.readUnsignedShort()), true);
                    out.writeShort(answer.length);
                    out.write(answer);
                    in.read();
                }
            }
        });
    }

    private interface Loop {
        void run() throws IOException;
    }

    private static void start(Loop loop) {
        Thread thread = new Thread(() -> {
            try {
                loop.run();
            } catch (IOException e) {
                // closed: the test is over
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stopNameServer() throws IOException {
        udp.close();
        tcp.close();
    }

    private byte[] answer(byte[] question, boolean isLong) throws IOException {
        int end = HEADER;
        StringBuilder name = new StringBuilder();
        while (question[end] != 0) {
            name.append(name.isEmpty() ? "" : ".").append(new String(question, end + 1, question[end]));
            end += question[end] + 1;
        }
        int type = question[end + 2];
        String key = name + " " + type;
        asked.merge(key, 1, Integer::sum);
        String says = zone.getOrDefault(key, "");
        if (says.equals("silent")) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        int code = 0;
        int ttl = 60;
        int count = 0;
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (String word : says.isEmpty() ? new String[0] : says.split(" ")) {
            if (word.startsWith("code=")) {
                code = Integer.parseInt(word.substring(5));
            } else if (word.startsWith("ttl=")) {
                ttl = Integer.parseInt(word.substring(4));
            } else if (!word.equals("tcp")) {
                count++;
                record(new DataOutputStream(records), word, ttl);
            }
        }
        boolean isTruncated = says.contains("tcp") && !isLong;
        out.write(question, 0, 2);
        out.writeShort(0x8180 | code | (isTruncated ? 0x200 : 0));
        out.writeShort(1);
        out.writeShort(isTruncated ? 0 : count);
        out.writeInt(0);
        out.write(question, HEADER, end + 5 - HEADER);
        if (!isTruncated) {
            records.writeTo(out);
        }
        return bytes.toByteArray();
    }

    private static void record(DataOutputStream out, String value, int ttl) throws IOException {
        boolean isAddress = value.matches("[0-9.]+|.*:.*");
        out.writeShort(0xc00c);
        out.writeShort(!isAddress ? 5 : value.contains(":") ? 28 : 1);
        out.writeShort(1);
        out.writeInt(ttl);
        if (isAddress) {
            byte[] address = InetAddress.getByName(value).getAddress();
            out.writeShort(address.length);
            out.write(address);
            return;
        }
        out.writeShort(value.length() + 2);
        for (String label : value.split("\\.")) {
            out.writeByte(label.length());
            out.writeBytes(label);
        }
        out.writeByte(0);
    }

    private Resolver resolver(long validMillis, long timeoutMillis, boolean ipv4, boolean ipv6) {
        return new Resolver(new Resolver.Settings(
                List.of(new InetSocketAddress(udp.getLocalAddress(), udp.getLocalPort())),
                validMillis,
                timeoutMillis,
                ipv4,
                ipv6));
    }

    private static String ask(Resolver resolver, String name) throws Exception {
        try {
            Resolver.Answer answer = resolver.lookUp(name).get(10, TimeUnit.SECONDS);
            return String.join(
                    " ",
                    answer.addresses().stream().map(InetAddress::getHostAddress).toList());
        } catch (ExecutionException e) {
            return assertInstanceOf(ResolveFailure.class, e.getCause()).getMessage();
        }
    }

    /** The combinations in which the answers for the two types may come. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            -                          | -                  | 3: Host not found
            127.0.0.1                  | -                  | 127.0.0.1
            -                          | fe80::1            | fe80:0:0:0:0:0:0:1
            127.0.0.1 127.0.0.2        | fe80::1            | 127.0.0.1 127.0.0.2 fe80:0:0:0:0:0:0:1
            -                          | both.example       | 127.0.0.9 fe80:0:0:0:0:0:0:9
            both.example               | -                  | 3: Host not found
            127.0.0.1                  | both.example       | 127.0.0.1
            both.example               | both.example       | 127.0.0.9 fe80:0:0:0:0:0:0:9
            both.example               | fe80::1            | fe80:0:0:0:0:0:0:1
            both.example 127.0.0.1     | both.example       | 127.0.0.1
            127.0.0.1                  | code=2             | 2: Server failure
            code=2                     | fe80::1            | 2: Server failure
            code=2                     | code=3             | 3: Host not found
            code=3                     | code=3             | 3: Host not found
            code=5                     | code=5             | 5: Operation refused
            none.example               | none.example       | 3: Host not found
            """)
    void theAnswersForTheTwoTypesComeTogether(String four, String six, String expected) throws Exception {
        zone.put("both.example 1", "127.0.0.9");
        zone.put("both.example 28", "fe80::9");
        zone.put("name.example 1", four == null ? "" : four);
        zone.put("name.example 28", six == null ? "" : six);
        assertEquals(expected, ask(resolver(0, 5_000, true, true), "name.example"));
    }

    @Test
    void onlyOneTypeIsAskedForWhereTheOtherIsOff() throws Exception {
        zone.put("name.example 1", "127.0.0.1");
        zone.put("name.example 28", "fe80::1");
        assertEquals("127.0.0.1", ask(resolver(0, 5_000, true, false), "name.example"));
        assertEquals("fe80:0:0:0:0:0:0:1", ask(resolver(0, 5_000, false, true), "name.example"));
        assertEquals(Map.of("name.example 1", 1, "name.example 28", 1), asked);
    }

    @Test
    void anAnswerIsGoodForAsLongAsItSaysAndForAllSpellingsOfTheName() throws Exception {
        Resolver resolver = resolver(0, 5_000, true, false);
        zone.put("name.example 1", "127.0.0.1");
        zone.put("short.example 1", "ttl=0 127.0.0.1");
        for (String name : List.of("name.example", "NAME.Example", "name.example.", "short.example", "Short.example")) {
            assertEquals("127.0.0.1", ask(resolver, name));
        }
        assertEquals(Map.of("name.example 1", 1, "short.example 1", 2), asked);
    }

    @Test
    void validOverridesWhatTheAnswerSays() throws Exception {
        Resolver resolver = resolver(60_000, 5_000, true, false);
        zone.put("short.example 1", "ttl=0 127.0.0.1");
        ask(resolver, "short.example");
        ask(resolver, "short.example");
        assertEquals(Map.of("short.example 1", 1), asked);
    }

    @Test
    void aFailureIsNotRemembered() throws Exception {
        Resolver resolver = resolver(0, 5_000, true, false);
        zone.put("name.example 1", "code=2");
        assertEquals("2: Server failure", ask(resolver, "name.example"));
        zone.put("name.example 1", "127.0.0.1");
        assertEquals("127.0.0.1", ask(resolver, "name.example"));
    }

    @Test
    void namesThatStandForOneAnotherAreFollowedButNotForEver() throws Exception {
        for (int i = 0; i < 60; i++) {
            zone.put("n" + i + ".example 1", "n" + (i + 1) + ".example");
        }
        zone.put("n60.example 1", "127.0.0.1");
        assertEquals("3: Host not found", ask(resolver(0, 5_000, true, false), "n0.example"));
        assertEquals("127.0.0.1", ask(resolver(0, 5_000, true, false), "n20.example"));
        zone.put("round.example 1", "round.example");
        assertEquals("3: Host not found", ask(resolver(0, 5_000, true, false), "round.example"));
    }

    @Test
    void whatIsTooLongForADatagramIsAskedForOverTcp() throws Exception {
        zone.put("long.example 1", "tcp 127.0.0.1");
        assertEquals("127.0.0.1", ask(resolver(0, 5_000, true, false), "long.example"));
        assertEquals(Map.of("long.example 1", 2), asked);
    }

    @Test
    void aServerThatIsSilentOrNotThereIsWaitedForButNotForEver() throws Exception {
        zone.put("silent.example 1", "silent");
        Resolver resolver = resolver(0, 300, true, false);
        assertEquals("110: Operation timed out", ask(resolver, "silent.example"));
        udp.close();
        assertEquals("110: Operation timed out", ask(resolver, "silent.example"));
    }

    @Test
    void severalWhoAskTogetherGetOneAnswerAndAQuestionIsSentOnce() throws Exception {
        Resolver resolver = resolver(0, 5_000, true, false);
        zone.put("name.example 1", "127.0.0.1 127.0.0.2");
        List<CompletableFuture<Resolver.Answer>> all = IntStream.range(0, 20)
                .mapToObj(i -> resolver.lookUp("name.example"))
                .toList();
        for (var each : all) {
            assertEquals(2, each.get(5, TimeUnit.SECONDS).addresses().size());
        }
        assertEquals(Map.of("name.example 1", 1), asked);
    }

    @Test
    void addressesThatAreKnownTakeTurns() throws Exception {
        Resolver resolver = resolver(0, 5_000, true, false);
        zone.put("name.example 1", "127.0.0.1 127.0.0.2");
        assertEquals("127.0.0.1 127.0.0.2", ask(resolver, "name.example"));
        boolean[] seen = new boolean[2];
        for (int i = 0; i < 200 && !(seen[0] && seen[1]); i++) {
            seen[ask(resolver, "name.example").startsWith("127.0.0.1") ? 0 : 1] = true;
        }
        assertTrue(seen[0] && seen[1]);
    }

    @Test
    void whetherANameMayExistAllTheSame() {
        zone.put("none.example 1", "code=3");
        zone.put("bad.example 1", "code=2");
        Resolver resolver = resolver(0, 5_000, true, false);
        assertEquals(false, failure(resolver, "none.example").mayExist());
        assertEquals(true, failure(resolver, "bad.example").mayExist());
    }

    private static ResolveFailure failure(Resolver resolver, String name) {
        return (ResolveFailure) assertThrows(
                        ExecutionException.class, () -> resolver.lookUp(name).get(10, TimeUnit.SECONDS))
                .getCause();
    }
}
