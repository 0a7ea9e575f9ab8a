package hopyard.proxy.lint;

import java.util.List;

/**
 * A request that shows a finding on a proxy that runs the configuration.
 *
 * @param port where the server listens in plain HTTP; 0 if it does not, or on no port
 * @param target the request target, encoded as it is to be sent
 * @param headers field lines; without Host, any will do
 */
public record Proof(String method, int port, String target, List<Field> headers, Seen seen) {

    /** A field line. */
    public record Field(String name, String value) {}

    /** Where to look. */
    public enum Where {
        /** The status code; empty if there is no answer. */
        STATUS("status"),
        /** A field of the response; empty if it is not there. */
        HEADER("header"),
        /** The content. */
        BODY("body"),
        /** A field of the request that the upstream got. */
        TO_UPSTREAM("toUpstream"),
        /** The line that the upstream's request began with. */
        UPSTREAM_LINE("upstreamLine"),
        /** The location that answered, as it stands in the file. */
        LOCATION("location"),
        /** The first name of the server that answered. */
        SERVER("server"),
        /** Lines of the error log that the request has caused. */
        ERROR_LOG("errorLog");

        private final String text;

        Where(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * What is seen there if the finding is true.
     *
     * @param name the field's name; {@code null} where it is no field
     * @param matches a regular expression that is found in it
     * @param says what that means
     */
    public record Seen(Where where, String name, String matches, String says) {}

    /** Returns the request as a command for a terminal. */
    public String curl() {
        boolean isPath = target.startsWith("/");
        StringBuilder out = new StringBuilder("curl -si --path-as-is");
        headers.forEach(each -> out.append(" -H ").append(quoted(each.name() + ": " + each.value())));
        if (!isPath) {
            out.append(" --request-target ").append(quoted(target));
        }
        String server = "http://localhost" + (port == 0 || port == 80 ? "" : ":" + port);
        return out.append(' ').append(quoted(server + (isPath ? target : "/"))).toString();
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
