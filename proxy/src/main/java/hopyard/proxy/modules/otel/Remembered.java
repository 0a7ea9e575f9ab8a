package hopyard.proxy.modules.otel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Remembers what was last made of texts of which few are different, because making it takes long. */
final class Remembered {

    private static final int ENTRIES = 128;

    /** A longer text is not remembered: it may be anything. */
    private static final int LENGTH = 256;

    private final UnaryOperator<String> make;
    private final Map<String, String> made = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > ENTRIES;
        }
    };

    Remembered(UnaryOperator<String> make) {
        this.make = make;
    }

    /** Returns what is made of a text; on any thread. */
    synchronized String of(String text) {
        return text.length() > LENGTH ? make.apply(text) : made.computeIfAbsent(text, make);
    }
}
