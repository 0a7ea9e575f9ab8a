package hopyard.backend;

import hopyard.trace.Hop;
import java.util.List;

/** Draws a request's path for a terminal. */
final class Diagram {

    private static final String ARROW = " ──► ";

    private Diagram() {}

    static String of(List<Hop> path) {
        StringBuilder out = new StringBuilder("client ").append(path.get(0).from());
        for (Hop hop : path) {
            out.append(ARROW).append(hop.name()).append(' ').append(port(hop.at()));
        }
        out.append("\n\n");
        String sender = "client";
        for (Hop hop : path) {
            out.append(String.format(
                    "%-8s%-22s──►  %-22s%-8s connection %d, request %d on it%s%n",
                    sender,
                    hop.from(),
                    hop.at(),
                    hop.name(),
                    hop.conn(),
                    hop.req(),
                    hop.tls() == null ? "" : ", " + hop.tls().protocol()));
            sender = hop.name();
        }
        out.append('\n');
        out.append(
                path.size() == 1
                        ? "No proxy on the way: you have asked the app itself.\n"
                        : "The last line is the app's own socket; what is above it, the Hop-Trace header says.\n");
        return out.toString();
    }

    private static String port(String address) {
        return address == null ? "?" : address.substring(address.lastIndexOf(':'));
    }
}
