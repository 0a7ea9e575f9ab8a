package hopyard.proxy.http;

import hopyard.proxy.conf.Paths;
import java.nio.file.Path;
import java.util.function.Function;

/** Which file a URI stands for, by {@code root} or {@code alias}. */
public final class FilePath {

    /** No file, whatever there is. */
    private static final Path NOWHERE = Path.of("/dev/null/none");

    private static final Function<Exchange, String> ROOT =
            exchange -> root(exchange).eval(exchange);

    private FilePath() {}

    private static Template root(Exchange exchange) {
        return exchange.location().core().root();
    }

    /** The value of {@code root} or {@code alias}, which a variable in it may ask for again. */
    static String rootOf(Exchange exchange) {
        Template root = root(exchange);
        String value = root.isConstant() ? root.text() : Variables.evaluate(exchange, "request_filename", ROOT);
        return value == null ? "" : value;
    }

    /** The file for a normalized URI in the exchange's location. */
    public static Path of(Exchange exchange, String uri) {
        Location location = exchange.location().base();
        CoreSettings core = exchange.location().core();
        String root = rootOf(exchange);
        if (!core.isAlias()) {
            return Path.of(Paths.fromBytes(root + uri));
        }
        // a regular expression's alias names the whole file; a prefix's alias stands for the prefix
        String rest = location.isPrefixOrExact()
                ? uri.substring(Math.min(location.name().length(), uri.length()))
                : "";
        if (root.endsWith("/") && RequestTarget.isUnsafe(rest + "/")) {
            // "/f../x" is a URI like any other, but not behind the alias of "location /f"
            exchange.log(ErrorLog.Level.ERROR, "unsafe URI \"" + uri + "\" was detected");
            return NOWHERE;
        }
        return Path.of(Paths.fromBytes(root + rest));
    }
}
