package hopyard.proxy.server;

import hopyard.proxy.io.ErrorLog;

/** Work of a configuration beside its requests, such as the export of spans: it begins when they may come. */
public interface Background {

    /** The key under which a configuration keeps it. */
    Slots.Key<Background> KEY = new Slots.Key<>();

    /** Returns that of a configuration; {@code null} for none. */
    static Background of(Configuration configuration) {
        return configuration.slots().get(KEY);
    }

    /** Begins with what {@code next} has, and lets that of {@code previous} know; both may be the same. */
    static void change(Configuration previous, Configuration next) {
        Background former = previous == next ? null : of(previous);
        if (of(next) != null) {
            of(next).begin(next.log(), former);
        }
        if (former != null) {
            former.replaced();
        }
    }

    /**
     * Begins. Does not wait.
     *
     * @param log gets messages
     * @param former that of the configuration before; {@code null} for none
     */
    void begin(ErrorLog log, Background former);

    /** Another configuration has taken over; a few requests may still be under way with this one. Does not wait. */
    void replaced();

    /** Ends, because the server does. May wait for some seconds. */
    void end();
}
