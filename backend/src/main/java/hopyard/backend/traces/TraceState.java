package hopyard.backend.traces;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A {@code tracestate} header field: what tracing systems have to say to each other of a trace.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/#tracestate-header">W3C Trace Context §3.3</a>
 */
final class TraceState {

    private static final int MAX_MEMBERS = 32;
    private static final int MAX_LENGTH = 512;

    private static final String NAME = "[a-z0-9_*/-]";

    private static final Pattern MEMBER = Pattern.compile("(?:[a-z]" + NAME + "{0,255}|[a-z0-9]" + NAME
            + "{0,240}@[a-z]" + NAME + "{0,13})=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]");

    private TraceState() {}

    /** Returns the field as one line; {@code null} if there is none, or one that says nothing valid: then all goes. */
    static String read(List<String> lines) {
        if (lines == null) {
            return null;
        }
        StringBuilder out = new StringBuilder();
        Set<String> keys = new HashSet<>();
        for (String each : String.join(",", lines).split(",")) {
            String member = each.strip();
            if (member.isEmpty()) {
                continue;
            }
            boolean isValid = MEMBER.matcher(member).matches()
                    && keys.add(member.substring(0, member.indexOf('=')))
                    && keys.size() <= MAX_MEMBERS;
            if (!isValid) {
                return null;
            }
            out.append(out.length() == 0 ? "" : ",").append(member);
        }
        return out.length() == 0 || out.length() > MAX_LENGTH ? null : out.toString();
    }
}
