package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configurations of {@code deploy/kubernetes}, with the programs that they are for. */
class KubernetesConfIT {

    private final OkHttpClient client = new OkHttpClient();

    /** As a ConfigMap mounts it. */
    @TempDir
    private Path mounted;

    @TempDir
    private Path elsewhere;

    private final int app = Program.freePort();
    private final int service = Program.freePort();
    private final int forwarded = Program.freePort();

    @BeforeEach
    void nginxConf() throws IOException {
        edge("base");
        // ports that are free here take the place of the container's
        String text = Files.readString(Manifests.KUBERNETES.resolve("base/nginx.conf"))
                .replace("pid /tmp/hopyard.pid;", "pid " + elsewhere.resolve("pid") + ";")
                .replace("listen 8080 ", "listen " + service + " ")
                .replace("9000", Integer.toString(forwarded));
        Files.writeString(mounted.resolve("nginx.conf"), text);
    }

    private void edge(String directory) throws IOException {
        String text = Files.readString(Manifests.KUBERNETES.resolve(directory).resolve("edge.conf"));
        Files.writeString(mounted.resolve("edge.conf"), text);
    }

    /** The proxy with that configuration, on a machine that knows the name of the cluster's name server. */
    private Program proxy(String... arguments) throws IOException {
        Path hosts = Files.writeString(
                elsewhere.resolve("hosts"), "127.0.0.1 localhost\n127.0.0.1 kube-dns.kube-system.svc.cluster.local\n");
        String[] all = new String[arguments.length + 2];
        all[0] = "-c";
        all[1] = mounted.resolve("nginx.conf").toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Program.proxy(Map.of("HOPYARD_JAVA_OPTS", "-Djdk.net.hosts.file=" + hosts), all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "gateway"})
    void nginxConfIsRead(String directory) throws Exception {
        edge(directory);
        try (Program test = proxy("-t")) {
            assertEquals(0, test.await(), test::output);
        }
        try (Program lint = proxy("--lint")) {
            assertEquals("0 nothing found\n", lint.await() + " " + lint.output());
        }
    }

    @Test
    void withoutTheClustersNameServerItSaysSo() throws Exception {
        try (Program test =
                Program.proxy("-t", "-c", mounted.resolve("nginx.conf").toString())) {
            assertEquals(1, test.await(), test::output);
            assertTrue(
                    test.output().contains("host not found in resolver \"kube-dns.kube-system.svc.cluster.local\""),
                    test::output);
        }
    }

    private String serving() {
        return "daemon off; hop_connect app.hopyard.svc.cluster.local:8000 127.0.0.1:" + app + ";";
    }

    private String ask(int port, String path, String... fields) throws IOException {
        Request.Builder request = new Request.Builder().url("http://127.0.0.1:" + port + path);
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        try (Response response = client.newCall(request.build()).execute()) {
            return response.code() + " " + response.body().string();
        }
    }

    @Test
    void theConsoleIsAtThePortThatOnlyPortForwardReaches() throws Exception {
        try (Program backend = Program.app(app, Map.of());
                Program proxy = proxy("-g", serving())) {
            proxy.awaitPort(service);
            String seen = ask(service, "/whoami", "X-Forwarded-Proto", "https", "X-Forwarded-For", "6.6.6.6");
            assertTrue(seen.startsWith("200 ") && seen.contains("X-Forwarded-Port: 80\n"), seen);
            assertTrue(seen.contains("X-Forwarded-Proto: http\n") && !seen.contains("6.6.6.6"), seen);
            assertTrue(ask(service, "/proxy-says", "Host", "10.1.2.3:8080").startsWith("200 I am "));
            assertTrue(ask(service, "/_hops/last").startsWith("403 "));
            assertTrue(ask(forwarded, "/_hops/last", "User-Agent", "curl").startsWith("200 "));
            assertTrue(ask(forwarded, "/_hops/config", "Host", "hopyard.example.com")
                    .startsWith("403 "));
        }
    }

    /** The loopback stands for the Pods' network. */
    @Test
    void behindAGatewayItIsBelievedWhoTheClientIs() throws Exception {
        edge("gateway");
        Path file = mounted.resolve("edge.conf");
        Files.writeString(file, Files.readString(file).replace("10.0.0.0/8", "127.0.0.0/8"));
        try (Program backend = Program.app(app, Map.of());
                Program proxy = proxy("-g", serving())) {
            proxy.awaitPort(service);
            String seen =
                    ask(service, "/whoami", "X-Forwarded-Proto", "https", "X-Forwarded-For", "6.6.6.6, 203.0.113.7");
            assertTrue(seen.startsWith("200 ") && seen.contains("X-Forwarded-Port: 443\n"), seen);
            assertTrue(seen.contains("X-Forwarded-Proto: https\n"), seen);
            assertTrue(seen.contains("X-Forwarded-For: 203.0.113.7\n"), seen);
            // where a node stands in for the client, the Gateway has seen the node
            String node = ask(service, "/whoami", "X-Forwarded-For", "6.6.6.6, 127.0.0.9");
            assertTrue(node.contains("X-Forwarded-For: 127.0.0.9\n"), node);
        }
    }

    @Test
    void theAppKnowsItsSettingsAndAnswersItsProbes() throws Exception {
        Manifests manifests = Manifests.of(Manifests.text(Manifests.KUBERNETES.resolve("base")));
        JsonNode container = Manifests.pod(manifests.named("Deployment", "app")).at("/containers/0");
        Map<String, String> settings = new HashMap<>();
        String name = container.at("/envFrom/0/configMapRef/name").asText();
        manifests
                .named("ConfigMap", name)
                .path("data")
                .properties()
                .forEach(each -> settings.put(each.getKey(), each.getValue().asText()));
        assertEquals(3, settings.size());
        container.path("env").forEach(each -> settings.put(each.path("name").asText(), ""));
        try (Program help = Program.start(Map.of(), "java", "-jar", "backend/target/hopyard-backend.jar", "--help")) {
            assertEquals(0, help.await(), help::output);
            for (String setting : settings.keySet()) {
                assertTrue(help.output().contains("\n  " + setting + " "), setting);
            }
        }
        try (Program backend = Program.app(app, settings)) {
            for (String probe : new String[] {"startupProbe", "readinessProbe", "livenessProbe"}) {
                JsonNode get = container.path(probe).path("httpGet");
                JsonNode field = get.at("/httpHeaders/0");
                String host = field.path("value").asText();
                assertEquals(
                        "200 ok\n",
                        ask(app, get.path("path").asText(), field.path("name").asText(), host));
            }
            // what the kubelet would ask for without that
            assertTrue(ask(app, "/healthz", "Host", "10.1.2.3:8000").startsWith("400 "));
        }
    }
}
