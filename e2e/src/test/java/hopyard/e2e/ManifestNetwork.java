package hopyard.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks whether NetworkPolicies let through what has to get through, and nothing by default: names, the proxy to the
 * app, and clients to the proxy.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/services-networking/network-policies/">NetworkPolicies</a>
 */
final class ManifestNetwork {

    private final Manifests manifests;
    private final List<String> mistakes = new ArrayList<>();

    private ManifestNetwork(Manifests manifests) {
        this.manifests = manifests;
    }

    /** Returns who cannot reach whom. */
    static List<String> mistakes(Manifests manifests) {
        ManifestNetwork network = new ManifestNetwork(manifests);
        network.closed();
        manifests.ofKind("Deployment").forEach(network::names);
        manifests.ofKind("ConfigMap").forEach(network::upstreams);
        return network.mistakes;
    }

    private void closed() {
        boolean isClosed = manifests.ofKind("NetworkPolicy").stream()
                .map(each -> each.path("spec"))
                .anyMatch(spec -> spec.path("podSelector").isEmpty()
                        && Stream.of("Ingress", "Egress").allMatch(each -> has(spec.path("policyTypes"), each))
                        && !spec.has("ingress")
                        && !spec.has("egress"));
        if (!isClosed) {
            mistakes.add("no NetworkPolicy closes everything that the others do not open");
        }
    }

    /** Each Pod may ask the cluster's name server. */
    private void names(JsonNode deployment) {
        for (String protocol : List.of("UDP", "TCP")) {
            boolean may = rules(deployment, "egress")
                    .anyMatch(rule -> hasPort(rule, deployment, protocol, 53)
                            && rule.path("to")
                                    .valueStream()
                                    .anyMatch(peer -> peer.at("/podSelector/matchLabels/k8s-app")
                                                    .asText()
                                                    .equals("kube-dns")
                                            && peer.at("/namespaceSelector/matchLabels/kubernetes.io~1metadata.name")
                                                    .asText()
                                                    .equals("kube-system")));
            if (!may) {
                mistakes.add(Manifests.name(deployment) + ": it may not ask the name server by " + protocol);
            }
        }
    }

    /** What nginx.conf passes requests to can be reached, and so can the proxy. */
    private void upstreams(JsonNode configMap) {
        String text = configMap.path("data").path("nginx.conf").asText();
        Matcher server = Pattern.compile("server ([a-z]+)\\.[a-z.]+:([0-9]+) ").matcher(text);
        JsonNode proxy = manifests.named("Deployment", "proxy");
        while (server.find()) {
            JsonNode service = manifests.named("Service", server.group(1));
            for (JsonNode app : manifests.selectedBy(service.at("/spec/selector"))) {
                reaches(proxy, app, Integer.parseInt(server.group(2)));
            }
        }
        if (!text.isEmpty()) {
            for (JsonNode port : Manifests.ports(proxy)) {
                int number = port.path("containerPort").asInt();
                if (rules(proxy, "ingress").noneMatch(rule -> hasPort(rule, proxy, "TCP", number))) {
                    mistakes.add("nobody may connect to the proxy's port " + number);
                }
            }
        }
    }

    private void reaches(JsonNode from, JsonNode to, int port) {
        if (rules(from, "egress").noneMatch(rule -> isAbout(rule.path("to"), to) && hasPort(rule, to, "TCP", port))) {
            mistakes.add(Manifests.name(from) + ": it may not connect to " + Manifests.name(to));
        }
        if (rules(to, "ingress")
                .noneMatch(rule -> isAbout(rule.path("from"), from) && hasPort(rule, to, "TCP", port))) {
            mistakes.add(Manifests.name(to) + ": " + Manifests.name(from) + " may not connect to it");
        }
    }

    /** The rules that hold for a Deployment's Pods. */
    private Stream<JsonNode> rules(JsonNode deployment, String direction) {
        return manifests.ofKind("NetworkPolicy").stream()
                .map(each -> each.path("spec"))
                .filter(spec -> has(spec.path("policyTypes"), direction.equals("egress") ? "Egress" : "Ingress"))
                .filter(spec -> spec.path("podSelector").isEmpty()
                        || manifests
                                .selectedBy(spec.at("/podSelector/matchLabels"))
                                .contains(deployment))
                .flatMap(spec -> spec.path(direction).valueStream());
    }

    private boolean isAbout(JsonNode peers, JsonNode deployment) {
        return peers.isEmpty()
                || peers.valueStream()
                        .anyMatch(peer -> !peer.has("namespaceSelector")
                                && manifests
                                        .selectedBy(peer.at("/podSelector/matchLabels"))
                                        .contains(deployment));
    }

    private static boolean hasPort(JsonNode rule, JsonNode of, String protocol, int number) {
        return rule.path("ports")
                .valueStream()
                .anyMatch(port -> port.path("protocol").asText("TCP").equals(protocol)
                        && (port.path("port").asInt() == number
                                || port.path("port").isTextual() && Manifests.hasPort(of, port.path("port"))));
    }

    private static boolean has(JsonNode list, String text) {
        return list.valueStream().anyMatch(each -> each.asText().equals(text));
    }
}
