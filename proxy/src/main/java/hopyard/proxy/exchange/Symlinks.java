package hopyard.proxy.exchange;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Slots;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Whether the way to a file may lead over symbolic links. nginx opens one directory after the other, Java only a whole
 * path: here the way is looked at just before the file is opened.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#disable_symlinks">disable_symlinks</a>
 */
public final class Symlinks {

    private static final Slots.Key<Rule> KEY = new Slots.Key<>();

    private static final String LOOP = "Too many levels of symbolic links";

    private enum Refused {
        NONE,
        ALL,
        /** Those that belong to somebody else than what they lead to. */
        OF_OTHERS
    }

    /**
     * The value of {@code disable_symlinks}.
     *
     * @param from the beginning of paths that is not looked at; {@code null} for none
     */
    private record Rule(Refused which, Template from) {}

    private Symlinks() {}

    /** The setting. */
    public record Setting(Rule rule) {
        Setting(SettingsReader in) {
            this(in.directive("disable_symlinks")
                    .byDefault("off")
                    .means(
                            "Whether symbolic links are followed: on, if_not_owner; from leaves the beginning of paths out.")
                    .note("links are looked for just before a file is opened, not while it is")
                    .args(1, 2)
                    .read(new Reader()));
        }
    }

    public static final Settings<Setting> SETTINGS = Settings.of(Setting::new);

    private static final class Reader implements ValueReader<Rule> {
        @Override
        public Rule read(Scope scope, Directive d, Rule former) throws ConfException {
            Refused which = null;
            Template from = null;
            for (String word : d.args()) {
                if (word.startsWith("from=")) {
                    from = Build.of(scope).template(word.substring(5), d);
                } else {
                    which = switch (word) {
                        case "off" -> Refused.NONE;
                        case "on" -> Refused.ALL;
                        case "if_not_owner" -> Refused.OF_OTHERS;
                        default -> throw d.error("invalid parameter \"" + word + "\"");
                    };
                }
            }
            if (which == null) {
                throw d.error("\"disable_symlinks\" must have \"off\", \"on\" or \"if_not_owner\" parameter");
            }
            if (d.args().size() == 2 && from == null) {
                throw d.error("duplicate parameters \"" + d.arg(0) + " " + d.arg(1) + "\"");
            }
            if (which == Refused.NONE && from != null) {
                throw d.error("\"from=\" cannot be used with \"off\" parameter");
            }
            return new Rule(which, from);
        }
    }

    /** Keeps the setting of a scope with its location. */
    public static void compile(Scope scope, LocationHandlers location) {
        Rule rule = SETTINGS.of(scope).rule;
        if (rule.which != Refused.NONE) {
            location.slots().put(KEY, rule);
        }
    }

    /**
     * Looks at the way to a file.
     *
     * @throws IOException if it leads over a link that must not be followed, in the system's words
     */
    public static void check(Exchange exchange, Path path) throws IOException {
        check(exchange, path, false);
    }

    /** @param namesDirectory whether there is a slash at the end of the file's name */
    public static void check(Exchange exchange, Path path, boolean namesDirectory) throws IOException {
        Rule rule = exchange.location().slots().get(KEY);
        if (rule != null) {
            int directories = path.getNameCount() - (namesDirectory ? 0 : 1);
            walk(path, directories, rule.from == null ? "" : rule.from.eval(exchange), rule.which == Refused.ALL);
        }
    }

    /** Does the same; a way that must not be gone is logged, and counts as if there were no file. */
    public static boolean allow(Exchange exchange, Path path, ErrorLog.Level level) {
        try {
            check(exchange, path);
            return true;
        } catch (IOException e) {
            if (isLink(e)) {
                exchange.log(level, failure(exchange, path, e));
            }
            return false;
        }
    }

    /** Whether a file is not opened because it is a link. */
    public static boolean isLink(IOException e) {
        return SystemErrors.text(e).startsWith("40:");
    }

    /** Returns what the error log says of a file that cannot be opened: nginx opens it by another call then. */
    public static String failure(Exchange exchange, Path path, IOException e) {
        String text = SystemErrors.open(Paths.toBytes(path), e);
        return exchange.location().slots().get(KEY) == null ? text : text.replaceFirst("^open\\(\\)", "openat()");
    }

    /** @param directories how many names of the path, from the first on, must be directories */
    private static void walk(Path path, int directories, String from, boolean refusesAll) throws IOException {
        String text = Paths.toBytes(path.toString());
        int skipped = 0;
        if (!from.isEmpty() && text.startsWith(from)) {
            boolean isWhole = from.endsWith("/") || text.length() == from.length() || text.charAt(from.length()) == '/';
            skipped = isWhole ? Path.of(Paths.fromBytes(from)).getNameCount() : 0;
        }
        Path at = path.getRoot();
        for (int i = 0; i < path.getNameCount(); i++) {
            at = at == null ? path.getName(i) : at.resolve(path.getName(i));
            if (i < skipped || !Files.isSymbolicLink(at)) {
                continue;
            }
            if (!refusesAll) {
                boolean isOwn = Files.getOwner(at, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(at));
                if (!isOwn) {
                    throw new FileSystemException(path.toString(), null, LOOP);
                }
            } else if (i < directories) {
                throw new NotDirectoryException(path.toString());
            } else {
                throw new FileSystemException(path.toString(), null, LOOP);
            }
        }
    }
}
