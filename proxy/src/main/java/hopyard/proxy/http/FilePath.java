package hopyard.proxy.http;

import hopyard.proxy.conf.Paths;
import java.nio.file.Path;

/** Which file a URI stands for, by {@code root} or {@code alias}. */
public final class FilePath {

    /** No file, whatever there is. */
    private static final Path NOWHERE = Path.of("/dev/null/none");

    private FilePath() {}

    /** The file for a normalized URI in the exchange's location. */
    public static Path of(Exchange exchange, String uri) {
        Location location = exchange.location().base();
        CoreSettings core = exchange.location().core();
        String root = core.root.eval(exchange);
        if (!core.isAlias) {
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
