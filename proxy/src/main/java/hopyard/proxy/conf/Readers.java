package hopyard.proxy.conf;

import java.util.Locale;

/** How settings of the common kinds are read. */
public final class Readers {

    private Readers() {}

    /** Stands for the one that suits the type of the component. */
    public abstract static class ByType implements ValueReader<Object> {}

    /** The text as it stands. */
    public static final class Text implements ValueReader<String> {
        @Override
        public String read(Scope scope, Directive d, String former) {
            return d.arg(0);
        }
    }

    /** The directive itself, for who reads it later. */
    public static final class Line implements ValueReader<Directive> {
        @Override
        public Directive read(Scope scope, Directive d, Directive former) {
            return d;
        }
    }

    /** Bytes: {@code 8k}. */
    public static final class Size implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.size(d, 0);
        }
    }

    /** Milliseconds: {@code 60s}. */
    public static final class Millis implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.millis(d, 0);
        }
    }

    /** A version of HTTP before 2. */
    public static final class HttpVersion implements ValueReader<String> {
        @Override
        public String read(Scope scope, Directive d, String former) throws ConfException {
            if (!d.arg(0).equals("1.0") && !d.arg(0).equals("1.1")) {
                throw d.error("invalid value \"" + d.arg(0) + "\"");
            }
            return d.arg(0);
        }
    }

    private static final ValueReader<String> TEXT = new Text();

    private static final ValueReader<Boolean> FLAG = new ValueReader<>() {
        @Override
        public Boolean read(Scope scope, Directive d, Boolean former) throws ConfException {
            return Values.flag(d);
        }
    };

    /** A number, from 0 on. */
    private record Number(int[] between) implements ValueReader<Integer> {
        @Override
        public Integer read(Scope scope, Directive d, Integer former) throws ConfException {
            int number = Values.number(d, 0);
            if (between.length > 0 && (number < between[0] || number > between[1])) {
                throw d.error("value must be between " + between[0] + " and " + between[1]);
            }
            return number;
        }
    }

    /** One of the words of an enum, in lower case. */
    private record Word(Enum<?>[] all) implements ValueReader<Enum<?>> {
        @Override
        public Enum<?> read(Scope scope, Directive d, Enum<?> former) throws ConfException {
            for (Enum<?> each : all) {
                if (each.name().toLowerCase(Locale.ROOT).equals(d.arg(0))) {
                    return each;
                }
            }
            throw d.error("invalid value \"" + d.arg(0) + "\"");
        }
    }

    /** The one for values of that type. */
    static ValueReader<?> of(Class<?> type, Setting setting) {
        if (type == boolean.class || type == Boolean.class) {
            return FLAG;
        }
        if (type == int.class || type == Integer.class) {
            return new Number(setting.between());
        }
        if (type == String.class) {
            return TEXT;
        }
        if (type.isEnum()) {
            return new Word((Enum<?>[]) type.getEnumConstants());
        }
        throw new IllegalArgumentException("\"" + setting.name() + "\" needs a reader for " + type.getName());
    }
}
