package hopyard.proxy;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;

/** What is said on standard error about a configuration, in nginx's form. */
final class Messages {

    private Messages() {}

    /** Prints a warning. */
    static void warn(String message) {
        System.err.println("nginx: [warn] " + Paths.readable(message));
    }

    /** Prints why the configuration is refused. */
    static void emerg(ConfException e) {
        System.err.println("nginx: [emerg] " + Paths.readable(e.getMessage()));
    }
}
