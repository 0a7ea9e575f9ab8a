package hopyard.proxy.http;

/** nginx's rule for most settings: a level that says nothing takes what the level around it says. */
public final class Inherited {

    private Inherited() {}

    /** Returns the level's own value; the outer level's if there is none. */
    public static <T> T or(T own, T outer) {
        return own != null ? own : outer;
    }

    /** Returns the value; the directive's default if no level has set one. */
    public static <T> T orDefault(T value, T byDefault) {
        return value != null ? value : byDefault;
    }
}
