package hopyard.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Looks at values as an API server does, where a type alone does not tell: words of which there are few, names, ports,
 * numbers that have a least, and fields that depend on each other. The API's OpenAPI document has these in its
 * descriptions only.
 *
 * @see <a href="https://kubernetes.io/docs/reference/kubernetes-api/">Kubernetes API reference</a>
 */
final class ManifestValues {

    private static final String LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    private static final String NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
    private static final String PORT_NAME = "(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private static final String POSITIVE = "[1-9][0-9]*";
    private static final String PORT =
            "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5])))";

    /** What a value has to be, by the end of its place; the first that fits counts. */
    private static final Map<String, String> VALUES = new LinkedHashMap<>();

    static {
        VALUES.put("/metadata/name", NAME);
        VALUES.put("/metadata/namespace", LABEL);
        VALUES.put("/containers/name|/initContainers/name|/volumes/name", LABEL);
        VALUES.put("/containers/ports/name|Service/spec/ports/name", PORT_NAME);
        VALUES.put("/containerPort|/port|/targetPort|/nodePort", PORT + "|" + PORT_NAME);
        VALUES.put("/protocol", "TCP|UDP|SCTP");
        VALUES.put("Service/spec/type", "ClusterIP|NodePort|LoadBalancer|ExternalName");
        VALUES.put("TrafficPolicy", "Cluster|Local");
        VALUES.put("/sessionAffinity", "ClientIP|None");
        VALUES.put("/strategy/type", "RollingUpdate|Recreate");
        VALUES.put("/imagePullPolicy", "Always|IfNotPresent|Never");
        VALUES.put("/template/spec/restartPolicy", "Always");
        VALUES.put("/seccompProfile/type", "RuntimeDefault|Localhost|Unconfined");
        VALUES.put("/httpGet/scheme", "HTTP|HTTPS");
        VALUES.put("/httpGet/path|/mountPath", "/.*");
        VALUES.put("/topologyKey", "kubernetes\\.io/hostname|topology\\.kubernetes\\.io/(zone|region)");
        VALUES.put("/whenUnsatisfiable", "DoNotSchedule|ScheduleAnyway");
        VALUES.put("/policyTypes", "Ingress|Egress");
        VALUES.put("/unhealthyPodEvictionPolicy", "IfHealthyBudget|AlwaysAllow");
        VALUES.put("/metrics/type", "Resource|ContainerResource|Pods|Object|External");
        VALUES.put("/metrics/resource/name", "cpu|memory");
        VALUES.put("/metrics/resource/target/type", "Utilization|AverageValue");
        VALUES.put(
                "/periodSeconds|/timeoutSeconds|/failureThreshold|/successThreshold|/maxSkew|/averageUtilization",
                POSITIVE);
        VALUES.put("/minReplicas|/maxReplicas", POSITIVE);
        VALUES.put("Seconds|/replicas|/runAsUser|/runAsGroup|/sleep/seconds", "[0-9]+");
        VALUES.put("/minAvailable|/maxUnavailable|/maxSurge", "[0-9]+|([0-9]|[1-9][0-9]|100)%");
    }

    private static final String LABEL_NAME = "(" + NAME + "/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
    private static final String LABEL_VALUE = "([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?";

    private final List<String> mistakes = new ArrayList<>();
    private String object;

    private ManifestValues() {}

    /** Returns what the API would refuse. */
    static List<String> mistakes(Manifests manifests) {
        ManifestValues values = new ManifestValues();
        Set<String> known = new HashSet<>();
        for (JsonNode each : manifests.all()) {
            values.object = Manifests.name(each);
            values.look(each.path("kind").asText(), each);
            values.depending(each);
            if (!known.add(values.object)) {
                values.wrong("it is there twice");
            }
        }
        return values.mistakes;
    }

    private void wrong(String what) {
        mistakes.add(object + ": " + what);
    }

    /** @param place the fields that lead there; items of a list have the list's */
    private void look(String place, JsonNode node) {
        if (place.endsWith("abels")) {
            labels(place, node);
        } else if (node.isArray()) {
            unique(place, node);
            node.forEach(each -> look(place, each));
        } else if (node.isObject()) {
            node.properties().forEach(each -> look(place + "/" + each.getKey(), each.getValue()));
        } else {
            value(place, node);
        }
    }

    private void value(String place, JsonNode node) {
        for (Map.Entry<String, String> each : VALUES.entrySet()) {
            if (List.of(each.getKey().split("\\|")).stream().anyMatch(place::endsWith)) {
                if (!node.asText().matches(each.getValue())) {
                    wrong(place + " cannot be " + node);
                }
                return;
            }
        }
    }

    private void labels(String place, JsonNode labels) {
        labels.properties().forEach(each -> {
            if (!each.getKey().matches(LABEL_NAME) || !each.getValue().asText().matches(LABEL_VALUE)) {
                wrong(place + " cannot be " + each);
            }
        });
    }

    /** What has a name has one of its own in its list. */
    private void unique(String place, JsonNode list) {
        for (String field : List.of("name", "mountPath")) {
            Set<String> names = new HashSet<>();
            for (JsonNode each : list) {
                // a volume may be mounted twice, at different places
                boolean counts = each.has(field) && !(field.equals("name") && each.has("mountPath"));
                if (counts && !names.add(each.get(field).asText())) {
                    wrong(place + " has " + field + " " + each.get(field) + " twice");
                }
            }
        }
    }

    private void depending(JsonNode each) {
        JsonNode spec = each.path("spec");
        switch (each.path("kind").asText()) {
            case "Deployment" -> {
                JsonNode rolling = spec.at("/strategy/rollingUpdate");
                if (rolling.path("maxSurge").asText().matches("0%?")
                        && rolling.path("maxUnavailable").asText().matches("0%?")) {
                    wrong("a rolling update can never begin: maxSurge and maxUnavailable are 0");
                }
                pod(Manifests.pod(each));
            }
            case "PodDisruptionBudget" -> {
                if (spec.has("minAvailable") == spec.has("maxUnavailable")) {
                    wrong("it needs one of minAvailable and maxUnavailable");
                }
            }
            case "HorizontalPodAutoscaler" -> {
                if (spec.path("minReplicas").asInt(1) > spec.path("maxReplicas").asInt()) {
                    wrong("minReplicas is more than maxReplicas");
                }
                for (JsonNode metric : spec.path("metrics")) {
                    JsonNode target = metric.at("/resource/target");
                    boolean isShare = target.path("type").asText().equals("Utilization");
                    if (metric.has("resource") && !target.has(isShare ? "averageUtilization" : "averageValue")) {
                        wrong("its target has no value: " + target);
                    }
                }
            }
            case "Service" -> {
                boolean isOutside = spec.path("type").asText().matches("NodePort|LoadBalancer");
                if (spec.has("externalTrafficPolicy") && !isOutside) {
                    wrong("externalTrafficPolicy is for NodePort and LoadBalancer");
                }
            }
            default -> {
                // nothing of it depends on each other
            }
        }
    }

    private void pod(JsonNode pod) {
        for (JsonNode volume : pod.path("volumes")) {
            if (volume.size() != 2) {
                wrong("a volume is of one kind: " + volume);
            }
        }
        for (JsonNode container : pod.path("containers")) {
            JsonNode limits = container.at("/resources/limits");
            container.at("/resources/requests").properties().forEach(each -> {
                String limit = limits.path(each.getKey()).asText();
                if (!limit.isEmpty() && amount(each.getValue().asText()).compareTo(amount(limit)) > 0) {
                    wrong("it requests more " + each.getKey() + " than its limit: " + each.getValue());
                }
            });
            for (JsonNode variable : container.path("env")) {
                if (variable.has("value") && variable.has("valueFrom")) {
                    wrong("a variable has one value: " + variable);
                }
            }
        }
    }

    private static BigDecimal amount(String quantity) {
        var parts = Pattern.compile("([0-9.]+)(.*)").matcher(quantity);
        if (!parts.matches()) {
            return BigDecimal.ZERO;
        }
        int power = "KMGT".indexOf(parts.group(2).replace("i", "").replace("k", "K")) + 1;
        BigDecimal unit = parts.group(2).equals("m")
                ? new BigDecimal("0.001")
                : parts.group(2).isEmpty()
                        ? BigDecimal.ONE
                        : BigDecimal.valueOf(parts.group(2).endsWith("i") ? 1024 : 1000)
                                .pow(power);
        return new BigDecimal(parts.group(1)).multiply(unit);
    }
}
