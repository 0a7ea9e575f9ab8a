package hopyard.proxy.record.redaction;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Takes secrets out of JSON: all values of a member that is named like a secret, and in other values what
 * {@link SecretText} finds. The text may be cut, or hold several values one after another. What is not JSON is redacted
 * like any text.
 */
final class JsonText {

    private static final JsonFactory JSON = new JsonFactory();

    /** The names of members that hold a name, when a member beside them ({@link #VALUE_OF}) holds the value. */
    private static final Set<String> NAME_OF = Set.of("name", "key", "field", "param", "header", "k", "id", "type");

    private static final Set<String> VALUE_OF = Set.of("value", "val", "v", "values", "content", "data");

    private final String text;
    private final StringBuilder out;
    private int copied;
    private final Deque<Level> levels = new ArrayDeque<>();

    /** An object or array that has begun and not ended. */
    private static final class Level {
        private final boolean isSecret;
        /** Whether a member in {@link #NAME_OF} holds the name of a secret. */
        private boolean namesSecret;

        private String member = "";
        /** The places of the values that are secret if {@link #namesSecret}: from, to, from, to … */
        private final List<int[]> values = new ArrayList<>();

        Level(boolean isSecret) {
            this.isSecret = isSecret;
        }
    }

    /** A replacement for a part of the text. */
    private record Change(int from, int to, String shown) {}

    private final List<Change> changes = new ArrayList<>();

    private JsonText(String text) {
        this.text = text;
        out = new StringBuilder(text.length());
    }

    /** Whether a text begins as JSON does. */
    static boolean isLike(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > ' ') {
                return c == '{' || c == '[' || c == '"';
            }
        }
        return false;
    }

    static String redact(String text) {
        return new JsonText(text).redact();
    }

    private String redact() {
        int known = 0;
        boolean inSecret = false;
        try (JsonParser parser = JSON.createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                int from = (int) parser.currentTokenLocation().getCharOffset();
                known = Math.max(known, take(parser, token, from));
            }
            known = text.length();
        } catch (IOException e) {
            // the text is cut here, or is not JSON
            Level level = levels.peek();
            inSecret = level != null
                    && (level.isSecret
                            || isSecret(level.member)
                            || level.namesSecret && VALUE_OF.contains(level.member.toLowerCase(Locale.ROOT)));
        }
        while (!levels.isEmpty()) {
            end(levels.pop());
        }
        // of two changes at the same place, the one that hides more comes first
        changes.sort(Comparator.comparingInt(Change::from)
                .thenComparing(Comparator.comparingInt(Change::to).reversed()));
        for (Change change : changes) {
            if (change.from() >= copied) {
                out.append(text, copied, change.from()).append(change.shown());
                copied = change.to();
            }
        }
        if (known >= text.length()) {
            return out.append(text, copied, text.length()).toString();
        }
        int from = Math.max(known, copied);
        out.append(text, copied, from);
        String rest = text.substring(from);
        return out.append(inSecret ? SecretMark.of(rest) : SecretText.redactLines(rest))
                .toString();
    }

    /** Handles a token. Returns where the token ends. */
    private int take(JsonParser parser, JsonToken token, int from) throws IOException {
        Level level = levels.peek();
        switch (token) {
            case START_OBJECT, START_ARRAY -> {
                boolean isSecret = level != null && (level.isSecret || isSecret(level.member));
                levels.push(new Level(isSecret));
                return from + 1;
            }
            case END_OBJECT, END_ARRAY -> {
                end(levels.pop());
                return from + 1;
            }
            case FIELD_NAME -> {
                level.member = name(parser.currentName());
                int to = endOfString(from);
                name(from, to);
                return to;
            }
            default -> {
                boolean isString = token == JsonToken.VALUE_STRING;
                // getText also throws if the string has no end
                String said = isString ? parser.getText() : "";
                int to = isString ? endOfString(from) : endOfWord(from);
                value(level, token, said, from, to);
                return to;
            }
        }
    }

    /** Hides secrets in the name of a member: some programs use tokens as keys. */
    private void name(int from, int to) {
        String raw = text.substring(from + 1, to - 1);
        String shown = SecretText.redactLines(raw);
        if (!shown.equals(raw)) {
            changes.add(new Change(from + 1, to - 1, shown));
        }
    }

    private void value(Level level, JsonToken token, String said, int from, int to) {
        boolean isString = token == JsonToken.VALUE_STRING;
        boolean hides = level != null && (level.isSecret || isSecret(level.member));
        boolean isNothing =
                token == JsonToken.VALUE_NULL || token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
        if (hides && !isNothing) {
            hide(from, to, isString);
            return;
        }
        String member = level == null ? "" : level.member.toLowerCase(Locale.ROOT);
        if (VALUE_OF.contains(member) && !isNothing) {
            level.values.add(new int[] {from, to, isString ? 1 : 0});
        }
        if (!isString) {
            return;
        }
        String raw = text.substring(from + 1, to - 1);
        if (NAME_OF.contains(member) && isSecret(name(said))) {
            level.namesSecret = true;
        }
        String shown = SecretText.redactLines(raw);
        if (!shown.equals(raw)) {
            changes.add(new Change(from + 1, to - 1, shown));
        }
    }

    private void hide(int from, int to, boolean isString) {
        // a number becomes a string, so that the text stays JSON
        changes.add(
                isString
                        ? new Change(from + 1, to - 1, SecretMark.of(to - from - 2))
                        : new Change(from, to, "\"" + SecretMark.of(to - from) + "\""));
    }

    private void end(Level level) {
        if (level.namesSecret) {
            for (int[] value : level.values) {
                hide(value[0], value[1], value[2] == 1);
            }
        }
    }

    private static boolean isSecret(String member) {
        return SecretNames.isParameter(member);
    }

    /**
     * Decodes a byte string as UTF-8. A name with characters above 0xFF, from escapes, is text already and stays as it
     * is.
     */
    private static String name(String name) {
        return name.chars().allMatch(c -> c < 0x100)
                ? new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
                : name;
    }

    private int endOfString(int from) {
        for (int i = from + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                return i + 1;
            }
        }
        return text.length();
    }

    private int endOfWord(int from) {
        int to = from;
        while (to < text.length() && ",]} \t\r\n".indexOf(text.charAt(to)) < 0) {
            to++;
        }
        return to;
    }
}
