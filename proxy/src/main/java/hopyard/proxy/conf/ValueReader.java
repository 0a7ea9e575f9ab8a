package hopyard.proxy.conf;

/**
 * Reads the value of a setting.
 *
 * @param <V> what the value is: the type of the record's component, boxed
 */
@FunctionalInterface
public interface ValueReader<V> {

    /**
     * Reads a directive.
     *
     * @param scope where it stands
     * @param former what its level has so far; {@code null} if nothing, always so unless it {@link #repeats}
     * @return {@code null} if the directive sets nothing
     * @throws ConfException if the arguments are wrong
     */
    V read(Scope scope, Directive d, V former) throws ConfException;

    /** Whether the directive may stand more than once at a level; if not, another one is a mistake. */
    default boolean repeats() {
        return false;
    }

    /** A reader for a directive that may stand more than once, and changes or extends what was read before. */
    @FunctionalInterface
    interface Repeated<V> extends ValueReader<V> {
        @Override
        default boolean repeats() {
            return true;
        }
    }
}
