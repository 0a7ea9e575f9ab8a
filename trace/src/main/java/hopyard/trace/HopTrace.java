package hopyard.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The codec of the {@code Hop-Trace} header field: an RFC 9651 List with one member per hop, in path order.
 *
 * <p>Parsing is strict, because the field decides what people are shown: a value that is not a well-formed list of
 * tokens with parameters yields nothing at all. Unknown parameters are skipped, so that hops of different versions
 * understand each other.
 */
public final class HopTrace {

    /** The field's name. */
    public static final String NAME = "Hop-Trace";

    /** The most members that a list may have. No real path is as long; a longer list is an attack. */
    private static final int MAX_HOPS = 64;

    private HopTrace() {}

    /**
     * Returns the beginning of a member, which is the same for all requests of a connection. The request's number
     * follows it.
     *
     * @param tls TLS on the connection; {@code null} if it is not spoken
     */
    public static String connection(String name, String from, String at, long conn, HopTls tls) {
        StringBuilder out = new StringBuilder(96);
        beginning(out, name, from, at, conn, tls);
        return out.append(";req=").toString();
    }

    private static void beginning(StringBuilder out, String name, String from, String at, long conn, HopTls tls) {
        out.append(name);
        text(out, ";from=", from);
        text(out, ";at=", at);
        integer(out, ";conn=", conn);
        if (tls != null) {
            text(out, ";tls=", tls.protocol());
            text(out, ";cipher=", tls.cipher());
        }
    }

    /** Returns the parameters that tell of the handshake; they follow the number of a connection's first request. */
    public static String handshake(HopTls tls) {
        StringBuilder out = new StringBuilder(64);
        appendHandshake(out, tls);
        return out.toString();
    }

    private static void appendHandshake(StringBuilder out, HopTls tls) {
        text(out, ";group=", tls.group());
        text(out, ";alpn=", tls.alpn());
        text(out, ";sni=", tls.serverName());
        flag(out, ";resumed=", tls.resumed());
        decimal(out, ";handshake=", tls.handshake());
    }

    /**
     * Returns the parameters of the connection that a hop forwards on: its two ends. An end that is {@code null} is
     * left out.
     *
     * @param tls TLS on the connection; {@code null} if it is not spoken
     */
    public static String upstream(String via, String to, HopTls tls) {
        StringBuilder out = new StringBuilder(64);
        appendUpstream(out, via, to, tls);
        return out.toString();
    }

    private static void appendUpstream(StringBuilder out, String via, String to, HopTls tls) {
        text(out, ";via=", via);
        text(out, ";to=", to);
        if (tls != null) {
            text(out, ";to-tls=", tls.protocol());
            text(out, ";to-cipher=", tls.cipher());
        }
    }

    /** Appends a member to a field value, after a comma if the value already has one. */
    public static void append(StringBuilder out, Hop hop) {
        if (out.length() > 0) {
            out.append(", ");
        }
        beginning(out, hop.name(), hop.from(), hop.at(), hop.conn(), hop.tls());
        integer(out, ";req=", hop.req());
        if (hop.tls() != null) {
            appendHandshake(out, hop.tls());
        }
        if (hop.database() != null) {
            appendDatabase(out, hop.database());
        }
        integer(out, ";status=", hop.status());
        decimal(out, ";dur=", hop.dur());
        appendUpstream(out, hop.via(), hop.to(), hop.toTls());
        flag(out, ";reused=", hop.reused());
        decimal(out, ";connect=", hop.connect());
        decimal(out, ";ttfb=", hop.ttfb());
        integer(out, ";tries=", hop.tries());
    }

    private static void appendDatabase(StringBuilder out, HopDatabase database) {
        integer(out, ";pid=", database.pid());
        decimal(out, ";wait=", database.poolWait());
        integer(out, ";queries=", database.queries());
        integer(out, ";rows=", database.rows());
        if (database.error() != null && StructuredList.isToken(database.error())) {
            out.append(";error=").append(database.error());
        } else {
            text(out, ";error=", database.error());
        }
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
        OptionalParameters optional = null;
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
                case "status" -> status = StructuredList.small(v);
                case "tries" -> tries = StructuredList.small(v);
                case "dur" -> dur = StructuredList.millis(v);
                case "connect" -> connect = StructuredList.millis(v);
                case "ttfb" -> ttfb = StructuredList.millis(v);
                default -> {
                    // most members have none of these: then nothing is made for them
                    optional = optional == null ? new OptionalParameters() : optional;
                    optional.take(reader.key(), v);
                }
            }
        }
        return new Hop(
                name,
                from,
                at,
                conn,
                req,
                status,
                dur,
                via,
                to,
                reused,
                connect,
                ttfb,
                tries,
                optional == null ? null : optional.tls(),
                optional == null ? null : optional.toTls(),
                optional == null ? null : optional.database());
    }

    private static void text(StringBuilder out, String key, String value) {
        if (value == null) {
            return;
        }
        out.append(key).append('"');
        if (isPlain(value)) {
            out.append(value).append('"');
            return;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        out.append('"');
    }

    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static void flag(StringBuilder out, String key, Boolean value) {
        if (value != null) {
            out.append(key).append(value ? "?1" : "?0");
        }
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
