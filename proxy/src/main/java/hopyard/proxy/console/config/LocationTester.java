package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.exchange.Rehearsal;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.io.ForwardedClient;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.RehearsedConnection;
import io.undertow.util.Headers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code location}: which server and location a request would get, by which lines, and what would be sent upstream or
 * answered, without sending it; see {@link Rehearsal}. With {@code "text"} it asks a configuration that is not in use.
 */
public final class LocationTester {

    /** Where ephemeral ports begin, for a client whose port nobody has told. */
    private static final int EPHEMERAL = 32_768;

    private final ConsoleContext context;
    private final Executor loaders;

    /**
     * @param loaders loads one configuration after the other
     */
    public LocationTester(ConsoleContext context, Executor loaders) {
        this.context = context;
        this.loaders = loaders;
    }

    /**
     * What is asked for.
     *
     * @param local where the client is thought to have connected to
     * @param client who it is thought to be; port 0 for any
     */
    private record Question(
            Configuration configuration,
            Configuration.Endpoint endpoint,
            InetSocketAddress local,
            InetSocketAddress client,
            boolean isTls,
            byte[] head) {

        /** Tries it on a connection of which nothing is given but its ends. */
        Trail ask(HttpServer server) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            InetSocketAddress from = client.getPort() != 0
                    ? client
                    : new InetSocketAddress(client.getAddress(), random.nextInt(EPHEMERAL, 1 << 16));
            return Rehearsal.of(
                    configuration,
                    endpoint,
                    server.counts(),
                    new RehearsedConnection(from, local, isTls, random.nextInt(1, 1 << 24), random.nextInt(1, 1000)),
                    head);
        }
    }

    public CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal {
        ObjectNode json = request.json();
        if (!json.has("text")) {
            return CompletableFuture.completedFuture(answer(request, json, running()));
        }
        if (!json.get("text").isTextual()) {
            throw new Refusal(400, "text must be the whole nginx.conf");
        }
        if (!request.mayEdit()) {
            // what "root /; try_files $uri =404;" answers is which files there are
            throw new Refusal(
                    403, "another nginx.conf may not be tried here: \"hop_console\" in nginx.conf lacks \"edit\"");
        }
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        try {
            loaders.execute(() -> {
                try {
                    String text = Paths.toBytes(json.get("text").asText());
                    answer.complete(answer(request, json, context.server().test(text)));
                } catch (ConfException e) {
                    answer.completeExceptionally(ConfigText.mistake(e));
                } catch (Refusal | RuntimeException | OutOfMemoryError | StackOverflowError e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            throw Refusal.busy("other configurations are being loaded");
        }
        return answer;
    }

    private Configuration running() {
        return context.configuration();
    }

    private Answer answer(ConsoleRequest request, ObjectNode json, Configuration configuration) throws Refusal {
        Question question = question(request, json, configuration);
        HttpServer server = context.http();
        // what differs between two equal requests is chance, or of the connection
        Trail trail = question.ask(server);
        Trail again = question.ask(server);
        TrailView view = new TrailView(question.local, configuration == running(), trail, again);
        JsonNode out = view.json();
        return Answer.of(request, () -> out, () -> TrailText.of(out));
    }

    private Question question(ConsoleRequest request, ObjectNode json, Configuration configuration) throws Refusal {
        InetSocketAddress asked = request.exchange().client().local();
        String scheme = request.parameter(json, "scheme", "");
        if (!scheme.matches("|https?")) {
            throw new Refusal(400, "scheme must be http or https, not \"" + scheme + "\"");
        }
        int port = request.integer(json, "port", 0, 0, 65535);
        Configuration.Endpoint endpoint = endpoint(configuration, asked, port, scheme);
        boolean isTls = scheme.isEmpty() ? endpoint.tls() != null : scheme.equals("https");
        if (isTls && endpoint.tls() == null) {
            throw new Refusal(
                    400, "nobody speaks TLS at port " + port(endpoint) + ": there is no \"listen … ssl\" for it");
        }
        InetAddress at = ((InetSocketAddress) endpoint.address()).getAddress();
        InetAddress near = asked.isUnresolved() ? InetAddress.getLoopbackAddress() : asked.getAddress();
        String client = request.parameter(json, "client", "");
        InetSocketAddress from =
                client.isEmpty() ? new InetSocketAddress(peer(request), 0) : ForwardedClient.parse(client);
        if (from == null) {
            throw new Refusal(400, "client must be an address, with or without a port, not \"" + client + "\"");
        }
        return new Question(
                configuration,
                endpoint,
                new InetSocketAddress(at.isAnyLocalAddress() ? near : at, port(endpoint)),
                from,
                isTls,
                head(request, json));
    }

    private static InetAddress peer(ConsoleRequest request) {
        InetSocketAddress peer = request.exchange().client().peer();
        return peer.isUnresolved() ? InetAddress.getLoopbackAddress() : peer.getAddress();
    }

    private int port(Configuration.Endpoint endpoint) {
        return context.http().port((InetSocketAddress) endpoint.address());
    }

    /**
     * Who listens at the port; if none is given, at the one that was asked, or at any that speaks as the scheme says.
     */
    private Configuration.Endpoint endpoint(
            Configuration configuration, InetSocketAddress asked, int port, String scheme) throws Refusal {
        List<Configuration.Endpoint> all = configuration.endpoints().stream()
                .filter(each -> each.address() instanceof InetSocketAddress)
                .toList();
        List<Configuration.Endpoint> found = new ArrayList<>();
        if (port > 0) {
            found.addAll(all.stream().filter(each -> port(each) == port).toList());
        } else {
            found.addAll(all.stream()
                    .filter(each -> scheme.isEmpty() || scheme.equals("https") == (each.tls() != null))
                    .toList());
            List<Configuration.Endpoint> same =
                    found.stream().filter(each -> port(each) == asked.getPort()).toList();
            found = same.isEmpty() ? found : same;
        }
        if (found.isEmpty()) {
            throw new Refusal(
                    400,
                    (port > 0 ? "nobody listens at port " + port : "nobody speaks " + scheme)
                            + " in this nginx.conf; there are: "
                            + String.join(", ", all.stream().map(this::name).toList()));
        }
        // an address of its own comes before a wildcard, as with the kernel
        for (Configuration.Endpoint each : found) {
            if (((InetSocketAddress) each.address()).getAddress().equals(asked.getAddress())) {
                return each;
            }
        }
        return found.stream()
                .filter(each ->
                        ((InetSocketAddress) each.address()).getAddress().isAnyLocalAddress())
                .findFirst()
                .orElse(found.get(0));
    }

    private String name(Configuration.Endpoint endpoint) {
        return port(endpoint) + (endpoint.tls() == null ? "" : " (TLS)");
    }

    /** The request as a client would write it. */
    private static byte[] head(ConsoleRequest request, ObjectNode json) throws Refusal {
        String protocol = request.parameter(json, "protocol", "HTTP/1.1");
        StringBuilder head = new StringBuilder()
                .append(word("method", request.parameter(json, "method", "GET")))
                .append(' ')
                .append(word("target", request.parameter(json, "target", "/")))
                .append(' ')
                .append(word("protocol", protocol))
                .append("\r\n");
        StringBuilder lines = new StringBuilder();
        boolean namesHost = false;
        for (JsonNode pair : json.path("headers")) {
            if (pair.size() != 2 || !pair.path(0).isTextual() || !pair.path(1).isTextual()) {
                throw new Refusal(400, "headers must be [[name, value], …]");
            }
            namesHost |= pair.path(0).asText().equalsIgnoreCase("Host");
            lines.append(line(pair.path(0).asText() + ": " + pair.path(1).asText()));
        }
        String host = request.parameter(json, "host", null);
        boolean hasNone = json.has("host") && json.get("host").isNull() || namesHost && host == null;
        if (!hasNone) {
            String asked = request.exchange().header(Headers.HOST);
            head.append(line("Host: " + (host != null ? host : asked == null ? "" : asked)));
        }
        return head.append(lines).append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String word(String what, String text) throws Refusal {
        if (text.isEmpty() || text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
            throw new Refusal(400, what + " must not be empty, and be on one line");
        }
        return Paths.toBytes(text);
    }

    private static String line(String text) throws Refusal {
        return word("a header line", text) + "\r\n";
    }
}
