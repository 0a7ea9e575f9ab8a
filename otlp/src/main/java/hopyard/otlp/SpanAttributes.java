package hopyard.otlp;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Attributes in the order in which they were given. The library's own are sorted and searched for doubles first, which
 * takes time for each span; these come from a map, so each name is there once.
 */
final class SpanAttributes implements Attributes {

    /** Keys by name, each made and encoded once. Names are few: they are ours, or a configuration's. */
    private static final Map<String, AttributeKey<String>> TEXTS = new ConcurrentHashMap<>();

    private static final Map<String, AttributeKey<Long>> NUMBERS = new ConcurrentHashMap<>();
    private static final Map<String, AttributeKey<Boolean>> FLAGS = new ConcurrentHashMap<>();
    private static final Map<String, AttributeKey<Double>> FRACTIONS = new ConcurrentHashMap<>();
    private static final Map<String, AttributeKey<List<String>>> LISTS = new ConcurrentHashMap<>();

    /** A key, its value, the next key. */
    private final Object[] pairs;

    /** @param values of the kinds that {@link hopyard.otel.Span#attributes} may have */
    SpanAttributes(Map<String, ?> values) {
        pairs = new Object[2 * values.size()];
        int i = 0;
        for (Map.Entry<String, ?> each : values.entrySet()) {
            Object value = each.getValue();
            pairs[i++] = key(each.getKey(), value);
            pairs[i++] = value;
        }
    }

    private static AttributeKey<?> key(String name, Object value) {
        if (value instanceof String) {
            return TEXTS.computeIfAbsent(name, AttributeKey::stringKey);
        } else if (value instanceof Long) {
            return NUMBERS.computeIfAbsent(name, AttributeKey::longKey);
        } else if (value instanceof Boolean) {
            return FLAGS.computeIfAbsent(name, AttributeKey::booleanKey);
        } else if (value instanceof Double) {
            return FRACTIONS.computeIfAbsent(name, AttributeKey::doubleKey);
        } else if (value instanceof List<?>) {
            return LISTS.computeIfAbsent(name, AttributeKey::stringArrayKey);
        }
        throw new IllegalArgumentException("an attribute cannot be " + value);
    }

    @Override
    public void forEach(BiConsumer<? super AttributeKey<?>, ? super Object> consumer) {
        for (int i = 0; i < pairs.length; i += 2) {
            consumer.accept((AttributeKey<?>) pairs[i], pairs[i + 1]);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // a key's value has its type
    public <T> T get(AttributeKey<T> key) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equals(key)) {
                return (T) pairs[i + 1];
            }
        }
        return null;
    }

    @Override
    public int size() {
        return pairs.length / 2;
    }

    @Override
    public boolean isEmpty() {
        return pairs.length == 0;
    }

    @Override
    public Map<AttributeKey<?>, Object> asMap() {
        Map<AttributeKey<?>, Object> out = new LinkedHashMap<>();
        forEach(out::put);
        return out;
    }

    @Override
    public AttributesBuilder toBuilder() {
        return Attributes.builder().putAll(this);
    }
}
