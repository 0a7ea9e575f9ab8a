package hopyard.proxy.console.exchanges;

import hopyard.proxy.record.Attempt;
import java.util.Set;

/** What was spoken with an upstream server, and by which module's directives. */
final class UpstreamProtocol {

    private static final String MEMCACHED = "memcached";

    /** As they stand at the end of a head's first line; {@code suwsgi} is uwsgi over TLS. */
    private static final Set<String> CGI = Set.of("fastcgi", "uwsgi", "suwsgi", "scgi");

    private UpstreamProtocol() {}

    /** Returns {@code HTTP/1.1}, {@code fastcgi} and the like; {@code null} if nothing was sent. */
    static String of(Attempt attempt) {
        String line = Fields.firstLine(attempt.sentHead());
        String last = line.substring(line.lastIndexOf(' ') + 1);
        if (last.isEmpty()) {
            return null;
        }
        return last.startsWith("HTTP/") || CGI.contains(last) ? last : MEMCACHED;
    }

    /** Whether an app gets parameters in the place of fields (RFC 3875). */
    static boolean isCgi(Attempt attempt) {
        String protocol = of(attempt);
        return protocol != null && CGI.contains(protocol);
    }

    /** Returns what the names of the directives begin with that an attempt obeyed: {@code proxy}, {@code fastcgi}. */
    static String module(Attempt attempt) {
        if (attempt == null) {
            return "proxy";
        }
        if (attempt.failedModule() != null) {
            return attempt.failedModule();
        }
        String protocol = of(attempt);
        if (isCgi(attempt)) {
            return protocol.equals("suwsgi") ? "uwsgi" : protocol;
        }
        return MEMCACHED.equals(protocol) ? MEMCACHED : "HTTP/2.0".equals(protocol) ? "grpc" : "proxy";
    }

    /** Returns what people call the protocol. */
    static String name(Attempt attempt) {
        return switch (module(attempt)) {
            case "fastcgi" -> "FastCGI";
            case "uwsgi" -> "uwsgi";
            case "scgi" -> "SCGI";
            case "grpc" -> "HTTP/2";
            case MEMCACHED -> "memcached's protocol";
            default -> "HTTP";
        };
    }

    /** Returns the name of a directive as the module has it: {@code fastcgi_read_timeout} for {@code read_timeout}. */
    static String directive(Attempt attempt, String name) {
        return module(attempt) + "_" + name;
    }
}
