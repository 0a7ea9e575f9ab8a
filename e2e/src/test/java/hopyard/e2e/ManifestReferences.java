package hopyard.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks whether what an object names is there: labels, ports, ConfigMaps, volumes, Services. No API server does. */
final class ManifestReferences {

    private final Manifests manifests;
    private final List<String> mistakes = new ArrayList<>();

    private ManifestReferences(Manifests manifests) {
        this.manifests = manifests;
    }

    /** Returns what leads nowhere. */
    static List<String> mistakes(Manifests manifests) {
        ManifestReferences references = new ManifestReferences(manifests);
        manifests.ofKind("Service").forEach(references::service);
        manifests.ofKind("Deployment").forEach(references::deployment);
        manifests.ofKind("PodDisruptionBudget").forEach(each -> references.selected(each, "/spec/selector"));
        manifests.ofKind("HorizontalPodAutoscaler").forEach(references::autoscaler);
        manifests.ofKind("NetworkPolicy").forEach(references::policy);
        manifests.ofKind("HTTPRoute").forEach(references::route);
        manifests.ofKind("ConfigMap").forEach(references::configMap);
        references.namespaces();
        return references.mistakes;
    }

    private void wrong(JsonNode object, String what) {
        mistakes.add(Manifests.name(object) + ": " + what);
    }

    private void namespaces() {
        for (JsonNode each : manifests.all()) {
            JsonNode namespace = each.at("/metadata/namespace");
            boolean isOne = each.path("kind").asText().equals("Namespace");
            if (isOne
                    ? !namespace.isMissingNode()
                    : manifests.named("Namespace", namespace.asText()).isMissingNode()) {
                wrong(each, "its namespace \"" + namespace.asText() + "\" is none of these");
            }
        }
    }

    /**
     * The Deployments that a label selector leads to; it leads to some, and says so in no other way than matchLabels.
     */
    private List<JsonNode> selected(JsonNode object, String pointer) {
        JsonNode selector = object.at(pointer);
        JsonNode labels = selector.has("matchLabels") ? selector.get("matchLabels") : selector;
        List<JsonNode> found = manifests.selectedBy(labels);
        if (found.isEmpty()) {
            wrong(object, pointer + " selects no Pods: " + labels);
        }
        return found;
    }

    private void service(JsonNode service) {
        for (JsonNode deployment : selected(service, "/spec/selector")) {
            for (JsonNode port : service.at("/spec/ports")) {
                JsonNode target = port.path("targetPort");
                if (!Manifests.hasPort(deployment, target)) {
                    wrong(service, "its Pods have no port " + target);
                }
            }
        }
    }

    private void deployment(JsonNode deployment) {
        if (!selected(deployment, "/spec/selector").equals(List.of(deployment))) {
            wrong(deployment, "its selector is not for its own Pods alone");
        }
        JsonNode pod = Manifests.pod(deployment);
        for (JsonNode spread : pod.path("topologySpreadConstraints")) {
            if (!manifests.selectedBy(spread.at("/labelSelector/matchLabels")).equals(List.of(deployment))) {
                wrong(deployment, "what it spreads are not its own Pods: " + spread.path("labelSelector"));
            }
        }
        Set<String> volumes = pod.path("volumes")
                .valueStream()
                .map(each -> each.path("name").asText())
                .collect(Collectors.toSet());
        for (JsonNode volume : pod.path("volumes")) {
            if (volume.has("configMap")) {
                configMapOf(deployment, volume.at("/configMap/name"));
            }
        }
        for (JsonNode container : pod.path("containers")) {
            for (JsonNode mount : container.path("volumeMounts")) {
                if (!volumes.contains(mount.path("name").asText())) {
                    wrong(deployment, "it mounts no volume of its own: " + mount);
                }
            }
            arguments(deployment, container);
            for (JsonNode from : container.path("envFrom")) {
                configMapOf(deployment, from.at("/configMapRef/name"));
            }
            for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
                JsonNode port = container.path(probe).at("/httpGet/port");
                if (!Manifests.hasPort(deployment, port)) {
                    wrong(deployment, probe + " asks at no port of its own: " + port);
                }
            }
        }
    }

    /** The file that {@code -c} names is one that a ConfigMap mounts there. */
    private void arguments(JsonNode deployment, JsonNode container) {
        JsonNode all = container.path("args");
        for (int i = 1; i < all.size(); i++) {
            String file = all.get(i).asText();
            boolean isThere = container
                    .path("volumeMounts")
                    .valueStream()
                    .filter(mount -> file.startsWith(mount.path("mountPath").asText() + "/"))
                    .flatMap(mount -> Manifests.pod(deployment)
                            .path("volumes")
                            .valueStream()
                            .filter(volume -> volume.path("name").equals(mount.path("name"))))
                    .map(volume -> manifests.named(
                            "ConfigMap", volume.at("/configMap/name").asText()))
                    .anyMatch(configMap -> configMap.path("data").has(file.substring(file.lastIndexOf('/') + 1)));
            if (all.get(i - 1).asText().equals("-c") && !isThere) {
                wrong(deployment, "nothing is mounted where -c looks: " + file);
            }
        }
    }

    private void configMapOf(JsonNode deployment, JsonNode name) {
        if (manifests.named("ConfigMap", name.asText()).isMissingNode()) {
            wrong(deployment, "there is no ConfigMap " + name);
        }
    }

    /** One that nobody reads was meant for somebody: its name has a hash of its content, which changes. */
    private void configMap(JsonNode configMap) {
        JsonNode name = configMap.at("/metadata/name");
        if (manifests.ofKind("Deployment").stream()
                .noneMatch(each -> Manifests.pod(each).findValues("name").contains(name))) {
            wrong(configMap, "nobody reads it");
        }
    }

    private void autoscaler(JsonNode autoscaler) {
        JsonNode target = autoscaler.at("/spec/scaleTargetRef");
        JsonNode deployment = manifests.named(
                target.path("kind").asText(), target.path("name").asText());
        if (!deployment.path("apiVersion").equals(target.path("apiVersion"))) {
            wrong(autoscaler, "it scales nothing: " + target);
        } else if (deployment.path("spec").has("replicas")) {
            wrong(autoscaler, "its Deployment says by itself how many replicas there are");
        } else {
            for (JsonNode container : Manifests.pod(deployment).path("containers")) {
                if (!container.at("/resources/requests").has("cpu")) {
                    wrong(autoscaler, "its Pods request no cpu, of which its target is a share");
                }
            }
        }
    }

    private void policy(JsonNode policy) {
        boolean isForAll = policy.at("/spec/podSelector").isEmpty();
        List<JsonNode> its = isForAll ? List.of() : selected(policy, "/spec/podSelector");
        for (JsonNode rule : policy.at("/spec/ingress")) {
            peers(policy, rule.path("from"));
            ports(policy, rule, its);
        }
        for (JsonNode rule : policy.at("/spec/egress")) {
            ports(policy, rule, peers(policy, rule.path("to")));
        }
    }

    /** The Deployments that a policy's peers are, as far as they are in this namespace. */
    private List<JsonNode> peers(JsonNode policy, JsonNode peers) {
        List<JsonNode> all = new ArrayList<>();
        for (JsonNode peer : peers) {
            if (!peer.has("namespaceSelector") && !peer.has("ipBlock")) {
                List<JsonNode> found = manifests.selectedBy(peer.at("/podSelector/matchLabels"));
                if (found.isEmpty()) {
                    wrong(policy, "it is about no Pods: " + peer);
                }
                all.addAll(found);
            }
        }
        return all;
    }

    private void ports(JsonNode policy, JsonNode rule, List<JsonNode> deployments) {
        for (JsonNode deployment : deployments) {
            for (JsonNode port : rule.path("ports")) {
                if (!Manifests.hasPort(deployment, port.path("port"))) {
                    wrong(policy, Manifests.name(deployment) + " has no port " + port.path("port"));
                }
            }
        }
    }

    private void route(JsonNode route) {
        if (route.at("/spec/parentRefs").isEmpty()) {
            wrong(route, "no Gateway has it");
        }
        for (JsonNode parent : route.at("/spec/parentRefs")) {
            boolean mayConnect = manifests.ofKind("NetworkPolicy").stream()
                    .flatMap(each -> each.at("/spec/ingress").valueStream())
                    .flatMap(each -> each.path("from").valueStream())
                    .anyMatch(each -> each.at("/namespaceSelector/matchLabels/kubernetes.io~1metadata.name")
                            .equals(parent.path("namespace")));
            if (!mayConnect) {
                wrong(route, "no NetworkPolicy lets its Gateway's namespace in: " + parent);
            }
        }
        for (JsonNode rule : route.at("/spec/rules")) {
            for (JsonNode backend : rule.path("backendRefs")) {
                JsonNode service =
                        manifests.named("Service", backend.path("name").asText());
                if (service.at("/spec/ports")
                        .valueStream()
                        .noneMatch(each -> each.path("port").equals(backend.path("port")))) {
                    wrong(route, "no Service has this port: " + backend);
                }
            }
        }
        String allowed = manifests.ofKind("ConfigMap").stream()
                .map(each -> each.at("/data/ALLOWED_HOSTS").asText())
                .collect(Collectors.joining(","));
        for (JsonNode host : route.at("/spec/hostnames")) {
            if (!List.of(allowed.split(",")).contains(host.asText())) {
                wrong(route, "the app does not answer for " + host + ": ALLOWED_HOSTS is " + allowed);
            }
        }
    }
}
