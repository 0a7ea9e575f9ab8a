package hopyard.proxy;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Turns off what the libraries do unasked and a proxy does not need. */
final class Libraries {

    private Libraries() {}

    /** Must be called before any of the libraries is used. */
    static void quiet() {
        // the libraries log greetings when they start; nginx logs nothing of the kind
        Logger.getLogger("").setLevel(Level.SEVERE);
        // XNIO registers its workers with JMX, which takes a third of the start and 6 MiB. No builder has this name,
        // so JMX is not available, and XNIO works without it.
        System.setProperty("javax.management.builder.initial", "none");
    }
}
