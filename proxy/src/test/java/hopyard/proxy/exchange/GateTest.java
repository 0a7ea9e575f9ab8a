package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RandomGate;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.StrictApp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No configuration and no request makes the proxy write a header line or a request that nobody asked for. */
class GateTest {

    /** Locations of one configuration; each gets one request. */
    private static final int AT_ONCE = 200;

    /**
     * Of a request: itself, a mirror and a question by auth_request; an X-Accel-Redirect may follow, with the two
     * again.
     */
    private static final int MAX_REQUESTS = 6;

    private static final int SEED = 15;

    @TempDir
    private Path directory;

    private String configuration;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();

    @Test
    void neitherAppNorClientGetsALineThatNobodyWrote() throws Exception {
        int cases = Integer.getInteger("gate.cases", 600);
        long seed = Long.getLong("gate.seed", System.nanoTime());
        Files.createDirectories(directory.resolve("html"));
        try (StrictApp app = new StrictApp(RandomGate::answer)) {
            run(app, new RandomGate(SEED), cases / 2);
            run(app, new RandomGate(seed), cases - cases / 2);
            System.out.printf(
                    "gate: %d configurations with a request each, seeds %d and %d (-Dgate.seed), %d requests to the app; %s%n",
                    cases, SEED, seed, app.requests().size(), outcomes);
            assertEquals(List.of(), app.complaints());
        }
        assertEquals(List.of(), problems);
        assertTrue(outcomes.getOrDefault("200", 0) > cases / 10, "too few requests were answered: " + outcomes);
    }

    private void run(StrictApp app, RandomGate random, int cases) throws Exception {
        configuration = random.configuration(AT_ONCE, app.address(), directory.toString());
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, configuration)) {
            for (int done = 0; done < cases; done += AT_ONCE) {
                if (done > 0) {
                    configuration = random.configuration(AT_ONCE, app.address(), directory.toString());
                    proxy.reload(configuration);
                }
                for (int location = 0; location < Math.min(AT_ONCE, cases - done); location++) {
                    exchange(app, proxy, random.request(location), location);
                }
            }
        }
    }

    private void exchange(StrictApp app, ProxyUnderTest proxy, String request, int location) {
        int before = app.requests().size();
        try {
            String bytes = ask(proxy.port(), request);
            StrictApp.Message response = StrictApp.response(bytes, request.startsWith("HEAD "));
            outcomes.merge(response == null ? "none" : response.lines().get(0).substring(9, 12), 1, Integer::sum);
            if (response != null) {
                check(response.names(), RandomGate.responseNames(), bytes, request, location);
            }
        } catch (IOException e) {
            problem(location, e.getMessage() + " for " + request);
        }
        List<StrictApp.Message> arrived =
                app.requests().subList(before, app.requests().size());
        if (arrived.size() > MAX_REQUESTS) {
            problem(location, arrived.size() + " requests for " + request + ": " + arrived);
        }
        for (StrictApp.Message each : List.copyOf(arrived)) {
            check(each.names(), RandomGate.requestNames(), each.toString(), request, location);
            if (each.lines().get(0).startsWith("GET /smuggled")) {
                problem(location, "smuggled by " + request);
            }
        }
    }

    /**
     * All that comes until the connection ends; or until nothing comes for long, for how it ends is not the gate's
     * matter.
     */
    private static String ask(int port, String request) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RawClient client = new RawClient(port)) {
            client.socket().setSoTimeout(5_000);
            client.send(request).socket().getInputStream().transferTo(out);
        } catch (IOException e) {
            if (out.size() == 0) {
                throw e;
            }
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private void check(List<String> names, List<String> allowed, String message, String request, int location) {
        for (String name : names) {
            if (!allowed.contains(name)) {
                problem(location, name + " in " + message + " for " + request);
            }
        }
    }

    private void problem(int location, String what) {
        String place = "/l" + location + "/";
        String configured = configuration
                .lines()
                .filter(line -> line.startsWith("location ") && line.contains(place))
                .collect(Collectors.joining("\n"));
        problems.add(what + "\n" + configured);
    }
}
