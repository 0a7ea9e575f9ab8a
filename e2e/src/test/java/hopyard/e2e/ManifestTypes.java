package hopyard.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.annotations.SerializedName;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1Pod;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Looks at objects as an API server does that validates strictly, without one: by the types of the Kubernetes project's
 * own client for Java, which are made from the API's OpenAPI document. Its version says which API that is. What an
 * HTTPRoute may have is in a file of ours, because it is no part of that API.
 */
final class ManifestTypes {

    private static final Map<Class<?>, Predicate<JsonNode>> SIMPLE = Map.of(
            String.class,
            JsonNode::isTextual,
            Boolean.class,
            JsonNode::isBoolean,
            Integer.class,
            JsonNode::canConvertToInt,
            Long.class,
            JsonNode::isIntegralNumber,
            Double.class,
            JsonNode::isNumber,
            IntOrString.class,
            node -> node.isTextual() || node.canConvertToInt(),
            Quantity.class,
            node -> node.isNumber() || node.asText().matches("[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?"));

    private final List<String> mistakes = new ArrayList<>();

    private ManifestTypes() {}

    /** Returns what is wrong, with its place. */
    static List<String> mistakes(Manifests manifests) throws IOException {
        ManifestTypes types = new ManifestTypes();
        for (JsonNode object : manifests.all()) {
            types.look(object);
        }
        return types.mistakes;
    }

    private void look(JsonNode object) throws IOException {
        String version = object.path("apiVersion").asText();
        String kind = object.path("kind").asText();
        if (kind.equals("HTTPRoute")) {
            try (InputStream schema = ManifestTypes.class.getResourceAsStream("/httproute.schema.json")) {
                bySchema(Manifests.name(object), object, new ObjectMapper().readTree(schema));
            }
        } else if (!isServed(version, kind)) {
            mistakes.add(Manifests.name(object) + ": the API has no " + kind + " in \"" + version + "\"");
        } else {
            String prefix = capital(version.substring(version.indexOf('/') + 1));
            object(Manifests.name(object), object, model(prefix + kind));
        }
    }

    /** Whether the API has such objects: whether the client has a method that asks for one. */
    private static boolean isServed(String version, String kind) {
        String[] parts = version.contains("/") ? version.split("/", 2) : new String[] {"core", version};
        String group = parts[0].replaceFirst("\\..*", "");
        try {
            Class<?> api =
                    Class.forName(CoreV1Api.class.getPackageName() + "." + capital(group) + capital(parts[1]) + "Api");
            return Stream.of(api.getMethods())
                    .map(method -> method.getName())
                    .anyMatch(Set.of("read" + kind, "readNamespaced" + kind)::contains);
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static Class<?> model(String name) {
        try {
            return Class.forName(V1Pod.class.getPackageName() + "." + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError("the client has no type for what its API has", e);
        }
    }

    private static String capital(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    private void object(String place, JsonNode node, Class<?> type) {
        if (!node.isObject()) {
            mistakes.add(place + ": is to be a " + type.getSimpleName() + ", not " + node);
            return;
        }
        Map<String, Type> fields = new HashMap<>();
        for (Field field : type.getDeclaredFields()) {
            SerializedName name = field.getAnnotation(SerializedName.class);
            if (name != null) {
                fields.put(name.value(), field.getGenericType());
            }
        }
        node.properties().forEach(each -> {
            if (fields.containsKey(each.getKey())) {
                value(place + "." + each.getKey(), each.getValue(), fields.get(each.getKey()));
            } else {
                mistakes.add(place + ": " + type.getSimpleName() + " has no " + each.getKey());
            }
        });
        required(type).stream()
                .filter(each -> !node.has(each))
                .forEach(each -> mistakes.add(place + ": " + type.getSimpleName() + " needs " + each));
    }

    private static Set<String> required(Class<?> type) {
        try {
            @SuppressWarnings("unchecked")
            Set<String> required =
                    (Set<String>) type.getField("openapiRequiredFields").get(null);
            return required;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("the client has other types than its older versions", e);
        }
    }

    private void value(String place, JsonNode node, Type type) {
        if (type instanceof ParameterizedType generic) {
            boolean isMap = generic.getRawType() == Map.class;
            if (isMap ? !node.isObject() : !node.isArray()) {
                mistakes.add(place + ": is to be a " + (isMap ? "map" : "list") + ", not " + node);
                return;
            }
            Type content = generic.getActualTypeArguments()[isMap ? 1 : 0];
            for (JsonNode each : node) {
                value(place + "[]", each, content);
            }
        } else if (SIMPLE.containsKey(type)) {
            if (!SIMPLE.get(type).test(node)) {
                mistakes.add(place + ": is to be a " + ((Class<?>) type).getSimpleName() + ", not " + node);
            }
        } else {
            object(place, node, (Class<?>) type);
        }
    }

    private void bySchema(String place, JsonNode node, JsonNode schema) {
        JsonNode properties = schema.get("properties");
        if (properties != null) {
            node.properties().forEach(each -> {
                if (properties.has(each.getKey())) {
                    bySchema(place + "." + each.getKey(), each.getValue(), properties.get(each.getKey()));
                } else {
                    mistakes.add(place + ": has no " + each.getKey());
                }
            });
        }
        schema.path("required").forEach(each -> {
            if (!node.has(each.asText())) {
                mistakes.add(place + ": needs " + each.asText());
            }
        });
        if (schema.has("items")) {
            node.forEach(each -> bySchema(place + "[]", each, schema.get("items")));
        }
        if (!isOfShape(node, schema)) {
            mistakes.add(place + ": is to be as in " + schema + ", not " + node);
        }
    }

    private static boolean isOfShape(JsonNode node, JsonNode schema) {
        if (schema.has("properties")) {
            return node.isObject();
        }
        if (schema.has("items")) {
            return node.isArray();
        }
        if (schema.has("between")) {
            return node.isInt()
                    && node.asInt() >= schema.at("/between/0").asInt()
                    && node.asInt() <= schema.at("/between/1").asInt();
        }
        if (schema.has("enum")) {
            return schema.get("enum").valueStream().anyMatch(node::equals);
        }
        return node.isTextual() && node.asText().matches(schema.get("pattern").asText());
    }
}
