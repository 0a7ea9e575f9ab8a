package hopyard.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The codec of the {@code Hop-Trace} header field: an RFC 9651 List with one member per hop, in path order.
 *
 * <p>Parsing is strict, because the field decides what people are shown: what is not a well-formed list of tokens with
 * parameters yields nothing at all. Unknown parameters are skipped, so that hops of different versions understand each
 * other.
 */
public final class HopTrace {

    /** The field's name. */
    public static final String NAME = "Hop-Trace";

    /** More members than any sane path has; a longer list is not a trace but an attack. */
    private static final int MAX_HOPS = 64;

    private HopTrace() {}

    /** Appends a member to a field value, after a comma if the value already has one. */
    public static void append(StringBuilder out, Hop hop) {
        if (out.length() > 0) {
            out.append(", ");
        }
        out.append(hop.name());
        text(out, ";from=", hop.from());
        text(out, ";at=", hop.at());
        integer(out, ";conn=", hop.conn());
        integer(out, ";req=", hop.req());
        integer(out, ";status=", hop.status());
        decimal(out, ";dur=", hop.dur());
        text(out, ";via=", hop.via());
        text(out, ";to=", hop.to());
        if (hop.reused() != null) {
            out.append(";reused=").append(hop.reused() ? "?1" : "?0");
        }
        decimal(out, ";connect=", hop.connect());
        decimal(out, ";ttfb=", hop.ttfb());
        integer(out, ";tries=", hop.tries());
    }

    /** The field value for the given hops. */
    public static String format(List<Hop> hops) {
        StringBuilder out = new StringBuilder(160);
        hops.forEach(hop -> append(out, hop));
        return out.toString();
    }

    /** The hops of a field value, or empty if it is not a well-formed list (RFC 9651 §4.2). */
    public static Optional<List<Hop>> parse(String value) {
        StructuredList reader = new StructuredList(value);
        List<Hop> hops = new ArrayList<>();
        try {
            while (reader.nextMember()) {
                if (hops.size() == MAX_HOPS) {
                    return Optional.empty();
                }
                hops.add(member(reader));
            }
        } catch (StructuredList.Malformed e) {
            return Optional.empty();
        }
        return Optional.of(hops);
    }

    private static Hop member(StructuredList reader) throws StructuredList.Malformed {
        String name = reader.token();
        String from = null;
        String at = null;
        String via = null;
        String to = null;
        Boolean reused = null;
        long conn = -1;
        long req = -1;
        int status = -1;
        int tries = -1;
        double dur = -1;
        double connect = -1;
        double ttfb = -1;
        while (reader.nextParameter()) {
            Object v = reader.value();
            switch (reader.key()) {
                case "from" -> from = StructuredList.as(String.class, v);
                case "at" -> at = StructuredList.as(String.class, v);
                case "via" -> via = StructuredList.as(String.class, v);
                case "to" -> to = StructuredList.as(String.class, v);
                case "reused" -> reused = StructuredList.as(Boolean.class, v);
                case "conn" -> conn = StructuredList.as(Long.class, v);
                case "req" -> req = StructuredList.as(Long.class, v);
                case "status" -> status = StructuredList.as(Long.class, v).intValue();
                case "tries" -> tries = StructuredList.as(Long.class, v).intValue();
                case "dur" -> dur = StructuredList.as(Number.class, v).doubleValue();
                case "connect" -> connect = StructuredList.as(Number.class, v).doubleValue();
                case "ttfb" -> ttfb = StructuredList.as(Number.class, v).doubleValue();
                default -> {
                    // a parameter of a later version
                }
            }
        }
        return new Hop(name, from, at, conn, req, status, dur, via, to, reused, connect, ttfb, tries);
    }

    private static void text(StringBuilder out, String key, String value) {
        if (value == null) {
            return;
        }
        out.append(key).append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        out.append('"');
    }

    private static void integer(StringBuilder out, String key, long value) {
        if (value >= 0) {
            out.append(key).append(value);
        }
    }

    private static void decimal(StringBuilder out, String key, double ms) {
        if (ms >= 0) {
            out.append(key);
            Durations.appendMillis(out, ms);
        }
    }
}
