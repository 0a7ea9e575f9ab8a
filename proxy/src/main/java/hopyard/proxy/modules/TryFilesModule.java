package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Symlinks;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.io.ErrorLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Goes on with the first of several files that exists; if none does, with another URI or a status.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files">try_files</a>
 */
final class TryFilesModule implements Module {

    private static final Settings<TrySettings> SETTINGS = Settings.ofLevel(TrySettings::new);

    /** The setting, which is not inherited: a location without the directive tries no files. */
    private record TrySettings(Candidates candidates) {
        TrySettings(SettingsReader in) {
            this(in.directive("try_files")
                    .means("Serves the first of several files that exists, or else goes to the last argument.")
                    .in(SERVER, LOCATION)
                    .args(2, Command.ANY)
                    .read(new Candidates.Reader()));
        }
    }

    /**
     * A {@code try_files} line.
     *
     * @param last where to go if none of the files exists; {@code null} for a status
     * @param code the status, if {@code last} is {@code null}
     */
    private record Candidates(List<Template> files, Template last, int code, Directive directive) {
        private static final class Reader implements ValueReader<Candidates> {
            @Override
            public Candidates read(Scope scope, Directive d, Candidates former) throws ConfException {
                List<Template> files = new ArrayList<>();
                int last = d.args().size() - 1;
                for (String file : d.args().subList(0, last)) {
                    files.add(Build.of(scope).template(file, d));
                }
                String otherwise = d.arg(last);
                if (!otherwise.startsWith("=")) {
                    return new Candidates(files, Build.of(scope).template(otherwise, d), -1, d);
                }
                int code = Values.parseNumber(otherwise.substring(1));
                if (code < 0 || code > 999) {
                    throw d.error("invalid code \"" + otherwise + "\"");
                }
                return new Candidates(files, null, code, d);
            }
        }
    }

    @Override
    public Manual manual() {
        return new Manual("http core: try_files", "ngx_http_core_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Candidates settings = SETTINGS.of(scope).candidates;
        if (settings != null) {
            location.on(Phase.PRECONTENT, exchange -> find(exchange, settings));
        }
    }

    private static Result find(Exchange exchange, Candidates settings) {
        for (Template file : settings.files) {
            // a slash at the end of the configured text, not of its value, asks for a directory
            boolean wantsDirectory = file.text().endsWith("/");
            String value = file.eval(exchange);
            String name = wantsDirectory ? value.substring(0, value.length() - 1) : value;
            if (!file.isConstant() && RequestTarget.isUnsafe(value)) {
                // the value of a variable must not lead out of the directory
                tell(exchange, settings, false, value + " leads out of its directory, and is left out");
                continue;
            }
            FilePath.Candidate candidate =
                    FilePath.candidate(exchange, behindAlias(file, name, exchange), wantsDirectory);
            Path path = candidate.path();
            // a Path does not tell whether the name ends with a slash, and no file's does
            boolean exists =
                    (wantsDirectory ? Files.isDirectory(path) : !name.endsWith("/") && Files.isRegularFile(path))
                            && Symlinks.allow(exchange, path, ErrorLog.Level.CRIT);
            tell(
                    exchange,
                    settings,
                    exists,
                    Paths.toBytes(path.toString())
                            + (exists ? " is a " : " is no ")
                            + (wantsDirectory ? "directory" : "file"));
            if (exists) {
                candidate.take(exchange);
                return Result.NEXT;
            }
        }
        tell(
                exchange,
                settings,
                null,
                "none of them is there, so the last one is taken: "
                        + (settings.last == null ? "=" + settings.code : settings.last.text()));
        if (settings.last == null) {
            exchange.fail(settings.code);
            return Result.TAKEN;
        }
        exchange.phases().redirectTo(behindAlias(settings.last, settings.last.eval(exchange), exchange));
        return Result.TAKEN;
    }

    private static String behindAlias(Template name, String value, Exchange exchange) {
        return name.isConstant() ? value : FilePath.withoutAliased(exchange, value);
    }

    private static void tell(Exchange exchange, Candidates settings, Boolean holds, String text) {
        if (exchange.trail() != null) {
            exchange.trail().step(Trail.Kind.TRY_FILES, settings.directive, holds, text);
        }
    }
}
