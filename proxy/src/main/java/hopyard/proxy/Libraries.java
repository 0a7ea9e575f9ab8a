package hopyard.proxy;

import java.util.logging.Level;
import java.util.logging.Logger;

/** What the libraries do on their own account and a proxy has no use for. */
final class Libraries {

    private Libraries() {}

    /** Before the first of them is used. */
    static void quiet() {
        // their greetings are not nginx's
        Logger.getLogger("").setLevel(Level.SEVERE);
        // XNIO registers its workers with JMX, which takes a third of the start and 6 MiB, and does without where JMX
        // cannot be had: there is no builder of this name
        System.setProperty("javax.management.builder.initial", "none");
    }
}
