package hopyard.proxy.exchange;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.exchange.CoreSettings.RootPath;
import hopyard.proxy.io.ErrorLog;
import java.nio.file.Path;
import java.util.function.Function;

/** Finds the file that a URI stands for, by {@code root} or {@code alias}. */
public final class FilePath {

    /** A path that never exists. */
    private static final Path NOWHERE = Path.of("/dev/null/none");

    private static final Function<Exchange, String> ROOT =
            exchange -> root(exchange).path().eval(exchange);

    /** Set when {@code try_files} has found the URI's file behind an {@code alias} that names a whole file. */
    private static final ExchangeKey<Boolean> URI_BEHIND_ALIAS = new ExchangeKey<>();

    private FilePath() {}

    private static RootPath root(Exchange exchange) {
        return exchange.core().rootPath();
    }

    /** Returns the value of {@code root} or {@code alias}. A variable in the value may ask for it again. */
    public static String rootOf(Exchange exchange) {
        Template root = root(exchange).path();
        String value = root.isConstant() ? root.text() : Variables.evaluate(exchange, "request_filename", ROOT);
        return value == null ? "" : value;
    }

    /**
     * Whether the name of the file for a URI without a slash at its end has one, which a {@link Path} does not tell.
     * Only a directory has such a name.
     */
    public static boolean namesDirectory(Exchange exchange, String uri) {
        int aliased = root(exchange).aliased();
        boolean isAll = aliased == RootPath.WHOLE
                ? exchange.get(URI_BEHIND_ALIAS) == null
                : aliased > 0 && aliased >= uri.length();
        return isAll && rootOf(exchange).endsWith("/");
    }

    /** Returns the file for a normalized URI in the exchange's location. */
    public static Path of(Exchange exchange, String uri) {
        int aliased = root(exchange).aliased();
        String rest = uri;
        if (aliased == RootPath.WHOLE) {
            rest = exchange.get(URI_BEHIND_ALIAS) == null ? "" : uri;
        } else if (aliased > 0) {
            rest = uri.substring(Math.min(aliased, uri.length()));
        }
        return behind(exchange, rest);
    }

    /** Returns the file whose path is what {@code root} or {@code alias} says and a text right behind it. */
    private static Path behind(Exchange exchange, String rest) {
        String root = rootOf(exchange);
        if (root(exchange).aliased() > 0 && root.endsWith("/") && RequestTarget.isUnsafe(rest + "/")) {
            // "/f../x" is a valid URI, but behind the alias of "location /f" it leaves the directory
            exchange.log(ErrorLog.Level.ERROR, "unsafe URI \"" + exchange.uri() + "\" was detected");
            return NOWHERE;
        }
        return Path.of(Paths.fromBytes(root + rest));
    }

    /** Forgets what {@link Candidate#take} has noted, because the URI is another one. */
    static void startOver(Exchange exchange) {
        if (exchange.get(URI_BEHIND_ALIAS) != null) {
            exchange.put(URI_BEHIND_ALIAS, null);
        }
    }

    /**
     * A file that {@code try_files} names.
     *
     * @param uri the URI for it; {@code null} to keep the URI as it is
     */
    public record Candidate(Path path, String uri) {

        /** Goes on with this file. */
        public void take(Exchange exchange) {
            if (uri != null) {
                exchange.uri(uri);
                if (root(exchange).aliased() == RootPath.WHOLE) {
                    exchange.put(URI_BEHIND_ALIAS, true);
                }
            }
        }
    }

    /**
     * Returns the name without what an {@code alias} replaces, as nginx does with names in which there are variables.
     */
    public static String withoutAliased(Exchange exchange, String name) {
        int aliased = root(exchange).aliased();
        boolean isAliased = aliased > 0
                && aliased <= exchange.uri().length()
                && name.startsWith(exchange.uri().substring(0, aliased));
        return isAliased ? name.substring(aliased) : name;
    }

    /**
     * Returns the file of a name that {@code try_files} has; it goes right behind the {@code root} or {@code alias}.
     */
    public static Candidate candidate(Exchange exchange, String name, boolean isDirectory) {
        int aliased = root(exchange).aliased();
        Path path = behind(exchange, name);
        if (aliased == RootPath.WHOLE) {
            return new Candidate(path, isDirectory ? null : name);
        }
        String uri = exchange.uri();
        return new Candidate(path, uri.substring(0, Math.min(aliased, uri.length())) + name);
    }
}
