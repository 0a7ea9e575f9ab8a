package hopyard.proxy.conf;

/** How settings of the common kinds are read. */
public final class Readers {

    static final ValueReader<String> TEXT = new Text();
    static final ValueReader<Boolean> FLAG = new Flag();
    static final ValueReader<Long> SIZE = new Size();
    static final ValueReader<Long> OFFSET = new Offset();
    static final ValueReader<Long> MILLIS = new Millis();

    private Readers() {}

    /** The directive itself, for code that reads it later. */
    public static final class Line implements ValueReader<Directive> {
        @Override
        public Directive read(Scope scope, Directive d, Directive former) {
            return d;
        }
    }

    /** A directive that is there or not, whatever its arguments say. */
    public static final class Present implements ValueReader.Repeated<Boolean> {
        @Override
        public Boolean read(Scope scope, Directive d, Boolean former) {
            return true;
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

    // these are classes because, at the start, creating a lambda is slower than loading a class

    private static final class Text implements ValueReader<String> {
        @Override
        public String read(Scope scope, Directive d, String former) {
            return d.arg(0);
        }
    }

    private static final class Flag implements ValueReader<Boolean> {
        @Override
        public Boolean read(Scope scope, Directive d, Boolean former) throws ConfException {
            return Values.flag(d);
        }
    }

    private static final class Size implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.size(d, 0);
        }
    }

    private static final class Offset implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.offset(d, 0);
        }
    }

    private static final class Millis implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.millis(d, 0);
        }
    }

    /** Reads a number within bounds; the lower bound is not negative. */
    record Number(int from, int to) implements ValueReader<Integer> {
        @Override
        public Integer read(Scope scope, Directive d, Integer former) throws ConfException {
            int number = Values.number(d, 0);
            if (number < from || number > to) {
                throw d.error("value must be between " + from + " and " + to);
            }
            return number;
        }
    }

    /** One of the words of an enum, in any case. */
    record Word<E extends Enum<E>>(Class<E> words) implements ValueReader<E> {
        @Override
        public E read(Scope scope, Directive d, E former) throws ConfException {
            for (E each : words.getEnumConstants()) {
                if (each.name().equalsIgnoreCase(d.arg(0))) {
                    return each;
                }
            }
            throw d.error("invalid value \"" + d.arg(0) + "\"");
        }
    }
}
