package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.util.Map;

/**
 * What the kernel says where a system call fails.
 *
 * @param number as a text; empty where Java has said it in words of its own
 * @param message the kernel's text for it, or Java's words
 */
record KernelError(String number, String message) {

    /** The errors that system calls on sockets meet, by the names that their manuals give them. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("1", "EPERM"),
            Map.entry("13", "EACCES"),
            Map.entry("22", "EINVAL"),
            Map.entry("24", "EMFILE"),
            Map.entry("97", "EAFNOSUPPORT"),
            Map.entry("98", "EADDRINUSE"),
            Map.entry("99", "EADDRNOTAVAIL"),
            Map.entry("101", "ENETUNREACH"),
            Map.entry("104", "ECONNRESET"),
            Map.entry("110", "ETIMEDOUT"),
            Map.entry("111", "ECONNREFUSED"),
            Map.entry("113", "EHOSTUNREACH"));

    static KernelError of(IOException e) {
        String text = SystemErrors.text(e);
        int colon = text.indexOf(": ");
        return colon < 0
                ? new KernelError("", text)
                : new KernelError(text.substring(0, colon), text.substring(colon + 2));
    }

    /** Its name, such as EADDRINUSE; its number where it has no name here. */
    String name() {
        return NAMES.getOrDefault(number, number);
    }

    /** Adds {@code number}, {@code errno} and {@code message}. */
    void addTo(ObjectNode out) {
        out.put("number", number.matches("[0-9]+") ? Integer.valueOf(number) : null)
                .put("errno", name())
                .put("message", message);
    }
}
