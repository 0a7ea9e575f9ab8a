package hopyard.proxy.conf;

import java.util.EnumSet;
import java.util.Set;

/**
 * A directive as its module declares it: its name, where it may stand, how many arguments it takes, and what it does. A
 * directive that only sets a value is declared by {@link Setting}, every other one by {@link Declared}.
 */
public interface Command {

    /** No upper limit of arguments. */
    int ANY = Integer.MAX_VALUE;

    /** Acts on a directive. */
    @FunctionalInterface
    interface Setter {
        /**
         * @throws ConfException if the arguments are wrong; nothing of this configuration is used then
         */
        void set(Loader loader, Scope scope, Directive directive) throws ConfException;
    }

    String name();

    Set<Context> contexts();

    int minArgs();

    /** The largest number of arguments; {@link #ANY} for no limit. */
    int maxArgs();

    boolean isBlock();

    Setter setter();

    /** Returns what the directive means, for people. */
    Meaning meaning();

    /** Declares a directive that ends with a semicolon and takes exactly {@code args} arguments. */
    static Declared simple(String name, int args, Setter setter, Context first, Context... more) {
        return simple(name, args, args, setter, first, more);
    }

    /** Declares a directive that ends with a semicolon and takes {@code min} to {@code max} arguments. */
    static Declared simple(String name, int min, int max, Setter setter, Context first, Context... more) {
        return new Declared(name, EnumSet.of(first, more), min, max, false, setter, Meaning.NONE);
    }

    /** Declares a directive with a block. */
    static Declared block(String name, int min, int max, Setter setter, Context first, Context... more) {
        return new Declared(name, EnumSet.of(first, more), min, max, true, setter, Meaning.NONE);
    }

    /** A directive that is not a setting. */
    record Declared(
            String name,
            Set<Context> contexts,
            int minArgs,
            int maxArgs,
            boolean isBlock,
            Setter setter,
            Meaning meaning)
            implements Command {

        /** Returns the same directive with a sentence that says what it means. */
        public Declared means(String sentence) {
            return with(new Meaning(meaning.byDefault(), sentence, meaning.note(), meaning.page()));
        }

        /** Returns the same directive with the arguments that hold where it is absent. */
        public Declared byDefault(String args) {
            return with(new Meaning(args, meaning.means(), meaning.note(), meaning.page()));
        }

        /** Returns the same directive with a note on what is supported here; {@link Meaning#IGNORED} for nothing. */
        public Declared note(String what) {
            return with(new Meaning(meaning.byDefault(), meaning.means(), what, meaning.page()));
        }

        /** Returns the same directive, which is on another page of nginx's documentation than its module. */
        public Declared page(String page) {
            return with(new Meaning(meaning.byDefault(), meaning.means(), meaning.note(), page));
        }

        private Declared with(Meaning what) {
            return new Declared(name, contexts, minArgs, maxArgs, isBlock, setter, what);
        }
    }
}
