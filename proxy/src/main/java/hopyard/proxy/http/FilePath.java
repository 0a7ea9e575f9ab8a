package hopyard.proxy.http;

import hopyard.proxy.conf.Paths;
import java.nio.file.Path;

/** Which file a URI stands for, by {@code root} or {@code alias}. */
public final class FilePath {

    private FilePath() {}

    /** The file for a normalized URI in the exchange's location. */
    public static Path of(Exchange exchange, String uri) {
        Location location = exchange.location().base();
        CoreSettings core = exchange.location().core();
        String root = core.root.eval(exchange);
        // a regular expression's alias names the whole file; a prefix's alias stands for the prefix
        String path = !core.isAlias
                ? root + uri
                : location.isPrefix() || location.isExact()
                        ? root + uri.substring(Math.min(location.name().length(), uri.length()))
                        : root;
        return Path.of(Paths.fromBytes(path));
    }
}
