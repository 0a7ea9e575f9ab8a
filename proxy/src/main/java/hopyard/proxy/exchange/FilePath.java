package hopyard.proxy.exchange;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Location;
import java.nio.file.Path;
import java.util.function.Function;

/** Finds the file that a URI stands for, by {@code root} or {@code alias}. */
public final class FilePath {

    /** A path that never exists. */
    private static final Path NOWHERE = Path.of("/dev/null/none");

    private static final Function<Exchange, String> ROOT =
            exchange -> root(exchange).eval(exchange);

    private FilePath() {}

    private static Template root(Exchange exchange) {
        return exchange.core().root();
    }

    /** Returns the value of {@code root} or {@code alias}. A variable in the value may ask for it again. */
    static String rootOf(Exchange exchange) {
        Template root = root(exchange);
        String value = root.isConstant() ? root.text() : Variables.evaluate(exchange, "request_filename", ROOT);
        return value == null ? "" : value;
    }

    /** Returns the file for a normalized URI in the exchange's location. */
    public static Path of(Exchange exchange, String uri) {
        Location location = exchange.location().base();
        CoreSettings core = exchange.core();
        String root = rootOf(exchange);
        if (!core.isAlias()) {
            return Path.of(Paths.fromBytes(root + uri));
        }
        // in a location with a regular expression, alias names the whole file; else it replaces the prefix
        String rest = location.isPrefixOrExact()
                ? uri.substring(Math.min(location.name().length(), uri.length()))
                : "";
        if (root.endsWith("/") && RequestTarget.isUnsafe(rest + "/")) {
            // "/f../x" is a valid URI, but behind the alias of "location /f" it leaves the directory
            exchange.log(ErrorLog.Level.ERROR, "unsafe URI \"" + uri + "\" was detected");
            return NOWHERE;
        }
        return Path.of(Paths.fromBytes(root + rest));
    }
}
