package hopyard.backend.django;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A setting, which is an environment variable of the same name. It is declared once: reading it, {@code --help} and the
 * page all come from the declaration.
 *
 * @param <T> what its value is
 */
public final class Setting<T> {

    /** A setting has a value that makes no sense; the message says what to do. */
    public static final class Invalid extends Exception {
        /** The message begins with the setting's name. */
        public Invalid(String message) {
            super(message);
        }
    }

    /** Makes a value of what the environment says. */
    public interface Reader<T> {
        /** Returns the value, which may be {@code null}: Django's {@code None}. */
        T read(String name, String text) throws Invalid;
    }

    private final String name;
    private final String byDefault;
    private final String meaning;
    private final Reader<T> reader;

    private Setting(String name, String byDefault, String meaning, Reader<T> reader) {
        this.name = name;
        this.byDefault = byDefault;
        this.meaning = meaning;
        this.reader = reader;
    }

    /**
     * Declares a setting.
     *
     * @param byDefault what holds where the environment says nothing, as one would write it there
     * @param meaning one line for who asks what there is
     */
    public static <T> Setting<T> of(String name, String byDefault, String meaning, Reader<T> reader) {
        return new Setting<>(name, byDefault, meaning, reader);
    }

    static Setting<Boolean> bool(String name, boolean byDefault, String meaning) {
        return of(name, Boolean.toString(byDefault), meaning, Setting::toBoolean);
    }

    static Setting<List<String>> list(String name, String meaning) {
        return of(name, "", meaning, (setting, text) -> toList(text));
    }

    /** Declares a text for which empty is {@code null}. */
    static Setting<String> text(String name, String byDefault, String meaning) {
        return of(name, byDefault, meaning, (setting, text) -> text.isEmpty() ? null : text);
    }

    /** Declares a number for which empty or "None" is {@code null}. */
    static Setting<Long> number(String name, String byDefault, String meaning) {
        return of(name, byDefault, meaning, Setting::toNumber);
    }

    /** Declares regular expressions, between which there are commas. */
    static Setting<List<Pattern>> patterns(String name, String meaning) {
        return of(name, "", meaning, (setting, text) -> {
            try {
                return toList(text).stream().map(PythonPattern::compile).toList();
            } catch (PatternSyntaxException e) {
                throw new Invalid(setting + " has \"" + e.getPattern() + "\", which is no regular expression: "
                        + e.getDescription());
            }
        });
    }

    private static Boolean toBoolean(String name, String text) throws Invalid {
        if (!text.matches("(?i)true|false|1|0")) {
            throw new Invalid(name + " is \"" + text + "\", but must be true or false");
        }
        return text.matches("(?i)true|1");
    }

    private static Long toNumber(String name, String text) throws Invalid {
        if (text.isEmpty() || text.equalsIgnoreCase("none")) {
            return null;
        }
        if (!text.matches("[0-9]{1,12}")) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number that is not negative");
        }
        return Long.valueOf(text);
    }

    /** Returns what stands between commas. */
    public static List<String> toList(String text) {
        return Arrays.stream(text.split(","))
                .map(String::trim)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    /** Returns the name of the variable. */
    public String name() {
        return name;
    }

    /** Returns what holds where the environment says nothing. */
    public String byDefault() {
        return byDefault;
    }

    /** Returns one line for who asks what there is. */
    public String meaning() {
        return meaning;
    }

    /** Returns the value that the environment gives it. */
    public T read(Map<String, String> environment) throws Invalid {
        return reader.read(name, environment.getOrDefault(name, byDefault));
    }

    @Override
    public String toString() {
        return name;
    }
}
