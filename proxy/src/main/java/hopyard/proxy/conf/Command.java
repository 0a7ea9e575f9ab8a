package hopyard.proxy.conf;

import java.util.EnumSet;
import java.util.Set;

/**
 * A directive as its module declares it: name, where it may stand, how many arguments it takes, and what it does.
 *
 * @param maxArgs the largest number of arguments; {@link #ANY} for no limit
 */
public record Command(String name, Set<Context> contexts, int minArgs, int maxArgs, boolean isBlock, Setter setter) {

    /** No upper limit of arguments. */
    public static final int ANY = Integer.MAX_VALUE;

    /** Acts on a directive. */
    @FunctionalInterface
    public interface Setter {
        /**
         * @throws ConfException if the arguments are wrong; nothing of this configuration is used then
         */
        void set(Loader loader, Scope scope, Directive directive) throws ConfException;
    }

    /** A directive that ends with a semicolon and takes exactly {@code args} arguments. */
    public static Command simple(String name, int args, Setter setter, Context first, Context... more) {
        return new Command(name, EnumSet.of(first, more), args, args, false, setter);
    }

    /** A directive that ends with a semicolon and takes {@code min} to {@code max} arguments. */
    public static Command simple(String name, int min, int max, Setter setter, Context first, Context... more) {
        return new Command(name, EnumSet.of(first, more), min, max, false, setter);
    }

    /** A directive with a block. */
    public static Command block(String name, int min, int max, Setter setter, Context first, Context... more) {
        return new Command(name, EnumSet.of(first, more), min, max, true, setter);
    }
}
