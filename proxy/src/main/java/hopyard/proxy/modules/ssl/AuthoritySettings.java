package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.server.Reading;
import java.nio.file.Path;

/**
 * Where the authority is that makes the certificate for localhost.
 *
 * @param directory {@code hop_authority}; {@code null} for the user's
 */
record AuthoritySettings(Path directory) {

    static final Settings<AuthoritySettings> SETTINGS = Settings.ofMain(AuthoritySettings::new);

    AuthoritySettings(SettingsReader in) {
        this(in.directive("hop_authority")
                .otherwise("~/.local/state/hopyard")
                .means("The directory of the authority that makes the certificate for localhost.")
                .note("below `$XDG_STATE_HOME`, if that is set; nobody else may read it")
                .page("nginx.md")
                .in(Context.MAIN)
                .read(new Directory()));
    }

    private static final class Directory implements ValueReader<Path> {
        @Override
        public Path read(Scope scope, Directive d, Path former) throws ConfException {
            return Paths.under(Reading.of(scope).prefix(), d, 0);
        }
    }

    /** Returns the directory: as named, else where programs keep what they need again (XDG Base Directory). */
    Path orOwn() {
        if (directory != null) {
            return directory;
        }
        Path state = absolute(System.getenv("XDG_STATE_HOME"));
        if (state != null) {
            return state.resolve("hopyard");
        }
        Path home = absolute(System.getenv("HOME"));
        // Java says "?" of a user without a home: there, nothing can be made
        return (home == null ? Path.of("/", System.getProperty("user.home")) : home).resolve(".local/state/hopyard");
    }

    private static Path absolute(String path) {
        return path == null || !path.startsWith("/") ? null : Path.of(path);
    }
}
