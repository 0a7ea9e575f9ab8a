package hopyard.proxy.http;

/** nginx's rule for most settings: a level that says nothing takes what the level around it says. */
public final class Inherited {

    private Inherited() {}

    /** The level's own value, or the outer level's. */
    public static <T> T or(T own, T outer) {
        return own != null ? own : outer;
    }

    /** The value, or the directive's default if no level has set it. */
    public static <T> T orDefault(T value, T byDefault) {
        return value != null ? value : byDefault;
    }
}
