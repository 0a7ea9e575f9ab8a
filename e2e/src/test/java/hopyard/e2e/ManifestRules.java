package hopyard.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final List<String> OF_A_POD = List.of(
            "/securityContext/runAsNonRoot=true",
            "/securityContext/seccompProfile/type=\"RuntimeDefault\"",
            "/automountServiceAccountToken=false",
            // variables such as PROXY_PORT would be taken for settings
            "/enableServiceLinks=false");

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
        if (pod.at("/securityContext/runAsUser").asInt() == 0) {
            wrong(deployment, "it has to run as the number of a user: the image only has a name");
        }
        for (JsonNode container : pod.path("containers")) {
            says(deployment, container, OF_A_CONTAINER);
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

    /** What comes before SIGKILL has to fit in. */
    private void ending(JsonNode deployment) {
        JsonNode pod = Manifests.pod(deployment);
        int most = pod.path("terminationGracePeriodSeconds").asInt();
        for (JsonNode container : pod.path("containers")) {
            int sleep = container.at("/lifecycle/preStop/sleep/seconds").asInt();
            int finishing = seconds("worker_shutdown_timeout +([0-9]+)s", deployment);
            if (sleep < 10 || sleep + finishing >= most) {
                wrong(deployment, sleep + " s and " + finishing + " s of " + most + " s before the kubelet kills");
            }
        }
    }

    /** A time in the nginx.conf that a Deployment mounts; 0 where it has none. */
    private int seconds(String pattern, JsonNode deployment) {
        for (JsonNode volume : Manifests.pod(deployment).path("volumes")) {
            JsonNode configMap =
                    manifests.named("ConfigMap", volume.at("/configMap/name").asText());
            Matcher matcher = Pattern.compile(pattern)
                    .matcher(configMap.path("data").path("nginx.conf").asText());
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
        }
        return 0;
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
