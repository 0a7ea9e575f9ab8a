package hopyard.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Looks whether the objects are as these two programs need them: what a Pod may do, how long it takes to end, and what
 * its nginx.conf says of names, ports and files.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/security/pod-security-standards/">Pod Security Standards</a>
 */
final class ManifestRules {

    /** What a container of a restricted Pod says, and ours besides. */
    private static final List<String> OF_A_CONTAINER = List.of(
            "/securityContext/allowPrivilegeEscalation=false",
            "/securityContext/capabilities/drop=[\"ALL\"]",
            "/securityContext/readOnlyRootFilesystem=true");

    private static final List<String> PODS_OF_A_NAMESPACE = List.of(
            "/metadata/labels/pod-security.kubernetes.io~1enforce=\"restricted\"",
            "/metadata/labels/pod-security.kubernetes.io~1warn=\"restricted\"",
            "/metadata/labels/pod-security.kubernetes.io~1audit=\"restricted\"");

    private static final List<String> OF_A_POD = List.of(
            "/securityContext/runAsNonRoot=true",
            "/securityContext/seccompProfile/type=\"RuntimeDefault\"",
            "/automountServiceAccountToken=false",
            // variables such as PROXY_PORT would be taken for settings
            "/enableServiceLinks=false");

    /** What a restricted Pod may not say at all, but for {@code false}. */
    private static final List<String> NOT_OF_A_POD =
            List.of("/hostNetwork", "/hostPID", "/hostIPC", "/securityContext/sysctls");

    /** What the Pod has said for its containers, and what would be more than they need. */
    private static final List<String> NOT_OF_A_CONTAINER = List.of(
            "/securityContext/privileged",
            "/securityContext/capabilities/add",
            "/securityContext/procMount",
            "/securityContext/runAsNonRoot",
            "/securityContext/runAsUser",
            "/securityContext/seccompProfile");

    /** The longest time that a name server's cache gives the address of a Pod that has ended, in s. */
    private static final int NAME_CACHE = 30;

    /** How long the app goes on after SHUTDOWN_DELAY, in s. */
    private static final int APP_FINISHES = 15;

    private final Manifests manifests;
    private final List<String> mistakes = new ArrayList<>();

    private ManifestRules(Manifests manifests) {
        this.manifests = manifests;
    }

    /** Returns what is not as it has to be. */
    static List<String> mistakes(Manifests manifests) {
        ManifestRules rules = new ManifestRules(manifests);
        for (JsonNode deployment : manifests.ofKind("Deployment")) {
            rules.restricted(deployment);
            rules.ending(deployment);
            rules.containers(deployment);
        }
        for (JsonNode namespace : manifests.ofKind("Namespace")) {
            rules.says(namespace, namespace, PODS_OF_A_NAMESPACE);
        }
        for (JsonNode configMap : manifests.ofKind("ConfigMap")) {
            if (configMap.path("data").has("nginx.conf")) {
                rules.configuration(configMap);
            }
        }
        return rules.mistakes;
    }

    private void wrong(JsonNode object, String what) {
        mistakes.add(Manifests.name(object) + ": " + what);
    }

    private void restricted(JsonNode deployment) {
        JsonNode pod = Manifests.pod(deployment);
        says(deployment, pod, OF_A_POD);
        if (pod.at("/securityContext/runAsUser").asInt() == 0
                || pod.at("/securityContext/runAsGroup").asInt() == 0) {
            wrong(deployment, "it has to run as the number of a user: the image only has a name");
        }
        saysNothing(deployment, pod, NOT_OF_A_POD);
        for (String kind : List.of("containers", "initContainers")) {
            for (JsonNode container : pod.path(kind)) {
                says(deployment, container, OF_A_CONTAINER);
                saysNothing(deployment, container, NOT_OF_A_CONTAINER);
                container.path("ports").forEach(port -> saysNothing(deployment, port, List.of("/hostPort")));
            }
        }
        for (JsonNode volume : pod.path("volumes")) {
            if (!volume.has("emptyDir") && !volume.has("configMap")) {
                wrong(deployment, "a volume of another kind: " + volume);
            }
        }
    }

    private void says(JsonNode deployment, JsonNode node, List<String> wanted) {
        for (String each : wanted) {
            String[] parts = each.split("=", 2);
            if (!node.at(parts[0]).toString().equals(parts[1])) {
                wrong(deployment, "it has to have " + each);
            }
        }
    }

    private void saysNothing(JsonNode deployment, JsonNode node, List<String> unwanted) {
        for (String each : unwanted) {
            if (!node.at(each).isMissingNode() && !node.at(each).toString().equals("false")) {
                wrong(deployment, "it may not have " + each);
            }
        }
    }

    /** Images that are built here, bounds for what they take, and probes that are answered. */
    private void containers(JsonNode deployment) {
        for (JsonNode container : Manifests.pod(deployment).path("containers")) {
            if (!container.path("image").asText().matches("(.+/)?hopyard-(proxy|backend):[0-9.]+")) {
                wrong(deployment, "nobody builds this image: " + container.path("image"));
            }
            for (String each : List.of("requests/cpu", "requests/memory", "limits/cpu", "limits/memory")) {
                if (container.at("/resources/" + each).isMissingNode()) {
                    wrong(deployment, "it has to have resources/" + each);
                }
            }
            for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
                probe(deployment, probe, container.path(probe).path("httpGet"));
            }
        }
    }

    private void probe(JsonNode deployment, String name, JsonNode get) {
        String path = get.path("path").asText();
        String configuration = mounted(deployment);
        boolean isAnswered = configuration.isEmpty()
                ? path.equals("/healthz")
                        && get.at("/httpHeaders/0/name").asText().equals("Host")
                        && List.of(setting("ALLOWED_HOSTS").split(","))
                                .contains(get.at("/httpHeaders/0/value").asText())
                : configuration.contains("location = " + path + " {");
        if (!isAnswered) {
            wrong(deployment, name + " is not answered: " + get);
        }
    }

    /** A setting that some ConfigMap has for the app; empty if there is none. */
    private String setting(String name) {
        return manifests.ofKind("ConfigMap").stream()
                .map(each -> each.path("data").path(name).asText())
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** What comes before SIGKILL has to fit in. */
    private void ending(JsonNode deployment) {
        JsonNode pod = Manifests.pod(deployment);
        int most = pod.path("terminationGracePeriodSeconds").asInt();
        for (JsonNode container : pod.path("containers")) {
            int sleep = container.at("/lifecycle/preStop/sleep/seconds").asInt();
            boolean isApp = mounted(deployment).isEmpty();
            int finishing = isApp
                    ? APP_FINISHES + Integer.parseInt("0" + setting("SHUTDOWN_DELAY"))
                    : seconds("worker_shutdown_timeout +([0-9]+)s", mounted(deployment));
            int least = isApp
                    ? NAME_CACHE
                            + seconds("resolver [^;]* valid=([0-9]+)s", mounted(manifests.named("Deployment", "proxy")))
                    : 9;
            if (sleep <= least || sleep + finishing >= most) {
                wrong(deployment, sleep + " s and " + finishing + " s of " + most + " s before the kubelet kills");
            }
        }
    }

    /** The nginx.conf that a Deployment mounts; empty if it mounts none. */
    private String mounted(JsonNode deployment) {
        return Manifests.pod(deployment)
                .path("volumes")
                .valueStream()
                .map(volume -> manifests.named(
                        "ConfigMap", volume.at("/configMap/name").asText()))
                .map(configMap -> configMap.path("data").path("nginx.conf").asText())
                .collect(Collectors.joining());
    }

    /** A time in an nginx.conf; 0 where it has none. */
    private static int seconds(String pattern, String configuration) {
        Matcher matcher = Pattern.compile(pattern).matcher(configuration);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private void configuration(JsonNode configMap) {
        String text = configMap.path("data").path("nginx.conf").asText();
        Pattern server = Pattern.compile("server ([a-z]+)\\.([a-z]+)\\.svc\\.cluster\\.local:([0-9]+) resolve;");
        List<MatchResult> servers = server.matcher(text).results().toList();
        if (servers.isEmpty()) {
            wrong(configMap, "it names no Service");
        }
        for (MatchResult each : servers) {
            JsonNode service = manifests.named("Service", each.group(1));
            if (!service.at("/metadata/namespace").asText().equals(each.group(2))
                    || !service.at("/spec/clusterIP").asText().equals("None")
                    || service.at("/spec/ports")
                            .valueStream()
                            .noneMatch(port -> port.path("port").asText().equals(each.group(3)))) {
                wrong(configMap, "no headless Service is there for \"" + each.group() + "\"");
            }
        }
        JsonNode proxy = manifests.named("Deployment", "proxy");
        for (JsonNode port : Manifests.ports(proxy)) {
            if (!text.contains("listen " + port.path("containerPort").asText() + " default_server;")) {
                wrong(configMap, "nobody listens at the container's port " + port);
            }
        }
        if (!text.matches("(?s).*hop_console;\\s+allow 127\\.0\\.0\\.1;\\s+deny all;.*")) {
            wrong(configMap, "the console is not for the loopback alone, or may edit");
        }
        if (configMap.path("data").path("edge.conf").asText().matches("(?s).*set_real_ip_from \\S+/0;.*")) {
            wrong(configMap, "everybody is believed to be whom he says");
        }
        if (!text.contains("listen 127.0.0.1:9000 default_server;")) {
            wrong(configMap, "the console's port is not on the loopback alone");
        }
        if (!text.contains("resolver kube-dns.kube-system.svc.cluster.local ")) {
            wrong(configMap, "its resolver is not the cluster's");
        }
        files(configMap, text, proxy);
    }

    /** {@code /tmp} has room for what hop_temp_files lets the proxy keep there, and the Pod for both. */
    private void files(JsonNode configMap, String text, JsonNode proxy) {
        Matcher bound = Pattern.compile("hop_temp_files ([0-9]+)m;").matcher(text);
        int files = bound.find() ? Integer.parseInt(bound.group(1)) : Integer.MAX_VALUE;
        JsonNode pod = Manifests.pod(proxy);
        int room = mebibytes(pod.path("volumes").findPath("sizeLimit"));
        int all = mebibytes(pod.at("/containers/0/resources/limits/ephemeral-storage"));
        if (files >= room || room >= all) {
            wrong(configMap, "hop_temp_files " + files + " MiB, /tmp " + room + " MiB, the container " + all + " MiB");
        }
    }

    private static int mebibytes(JsonNode quantity) {
        return quantity.asText().matches("[0-9]+Mi")
                ? Integer.parseInt(quantity.asText().replace("Mi", ""))
                : 0;
    }
}
