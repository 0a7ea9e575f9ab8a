package hopyard.e2e;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** The objects that {@code kubectl kustomize} makes of a directory in {@code deploy/kubernetes}. */
final class Manifests {

    static final Path KUBERNETES = Program.ROOT.resolve("deploy/kubernetes");

    private final List<JsonNode> objects;

    private Manifests(List<JsonNode> objects) {
        this.objects = objects;
    }

    /** Returns what {@code kubectl kustomize} prints; without kubectl the test is skipped, and fails under CI. */
    static String text(Path directory) throws InterruptedException {
        boolean isPresent = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(each -> Files.isExecutable(Path.of(each, "kubectl")));
        if (!isPresent && "true".equals(System.getenv("CI"))) {
            Assertions.fail("kubectl is not installed, and under CI nothing is skipped");
        }
        Assumptions.assumeTrue(isPresent, "skipped: kubectl is not installed");
        try (Program kustomize = Program.start(Map.of(), "kubectl", "kustomize", directory.toString())) {
            Assertions.assertEquals(
                    0, kustomize.await(), () -> kustomize.output() + "(kubectl has to be 1.21 or later)");
            return kustomize.output();
        }
    }

    /** Reads a text with several objects. */
    static Manifests of(String text) throws IOException {
        YAMLMapper yaml = new YAMLMapper();
        yaml.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        try (MappingIterator<JsonNode> all = yaml.readerFor(JsonNode.class).readValues(text)) {
            List<JsonNode> objects = all.readAll();
            objects.removeIf(JsonNode::isNull);
            return new Manifests(objects);
        } catch (JsonProcessingException e) {
            throw new IOException("no YAML: " + e.getMessage(), e);
        }
    }

    List<JsonNode> all() {
        return objects;
    }

    List<JsonNode> ofKind(String kind) {
        return objects.stream()
                .filter(each -> each.path("kind").asText().equals(kind))
                .toList();
    }

    /** The object of that kind and name; a missing node if there is none. */
    JsonNode named(String kind, String name) {
        return ofKind(kind).stream()
                .filter(each -> name.equals(each.at("/metadata/name").asText()))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /** How an object is called in messages. */
    static String name(JsonNode object) {
        return object.path("kind").asText("?") + " "
                + object.at("/metadata/name").asText("?");
    }

    static JsonNode pod(JsonNode deployment) {
        return deployment.at("/spec/template/spec");
    }

    /** The Deployments whose Pods have all these labels; none for no labels. */
    List<JsonNode> selectedBy(JsonNode labels) {
        return ofKind("Deployment").stream()
                .filter(each -> !labels.isEmpty())
                .filter(each -> has(each.at("/spec/template/metadata/labels"), labels))
                .toList();
    }

    private static boolean has(JsonNode all, JsonNode some) {
        return some.properties().stream().allMatch(each -> each.getValue().equals(all.get(each.getKey())));
    }

    /** The ports of all containers of a Deployment's Pods. */
    static List<JsonNode> ports(JsonNode deployment) {
        List<JsonNode> ports = new ArrayList<>();
        pod(deployment)
                .path("containers")
                .forEach(container -> container.path("ports").forEach(ports::add));
        return ports;
    }

    /** Whether a port is there, by its number or, where it is a text, by its name. */
    static boolean hasPort(JsonNode deployment, JsonNode port) {
        return ports(deployment).stream()
                .anyMatch(each ->
                        each.path(port.isTextual() ? "name" : "containerPort").equals(port));
    }
}
