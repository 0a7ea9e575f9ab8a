package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LIMIT_EXCEPT;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Access logs.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_log_module.html">ngx_http_log_module</a>
 */
final class LogModule implements Module {

    private static final Settings<LogSettings> SETTINGS = Settings.of(LogSettings::new);

    /** The formats of an http block. */
    private static final Scope.Key<Map<String, LogFormat>> FORMATS = new Scope.Key<>(HashMap::new);

    private static final String COMBINED = "$remote_addr - $remote_user [$time_local] \"$request\" $status "
            + "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    /** The logs that requests are written to. */
    private record LogSettings(List<AccessLog> logs) {
        LogSettings(SettingsReader in) {
            this(in.directive("access_log")
                    .byDefault("logs/access.log combined")
                    .means("Where requests are logged, in which format, and under which condition.")
                    .note(
                            "files; neither `syslog:` nor variables in the name; `buffer=`, `flush=` and `gzip` have no effect, as lines are gathered and written off the I/O threads anyway")
                    .in(HTTP, SERVER, LOCATION, LOCATION_IF, LIMIT_EXCEPT)
                    .args(1, Command.ANY)
                    .read(new Logs()));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("log", "ngx_http_log_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.simple("log_format", 2, Command.ANY, LogModule::logFormat, HTTP)
                .means("What a line of the access log holds.")
                .byDefault("combined \"…\""));
    }

    private static void logFormat(Loader loader, Scope scope, Directive d) throws ConfException {
        Map<String, LogFormat> formats = scope.get(FORMATS);
        if (formats.containsKey(d.arg(0)) || d.arg(0).equals("combined")) {
            throw d.error("duplicate \"log_format\" name \"" + d.arg(0) + "\"");
        }
        LogFormat.Escape escape = LogFormat.Escape.DEFAULT;
        int from = 1;
        if (d.arg(1).startsWith("escape=")) {
            escape = switch (d.arg(1).substring(7)) {
                case "default" -> LogFormat.Escape.DEFAULT;
                case "json" -> LogFormat.Escape.JSON;
                case "none" -> LogFormat.Escape.NONE;
                default ->
                    throw d.error("unknown log format escaping \"" + d.arg(1).substring(7) + "\"");
            };
            from = 2;
        }
        List<Template> parts = new ArrayList<>();
        for (String part : d.args().subList(from, d.args().size())) {
            parts.add(Build.of(scope).template(part, d));
        }
        formats.put(d.arg(0), new LogFormat(parts, escape));
    }

    private static final class Logs implements ValueReader.Repeated<List<AccessLog>> {
        @Override
        public List<AccessLog> read(Scope scope, Directive d, List<AccessLog> former) throws ConfException {
            if (d.arg(0).equals("off")) {
                if (d.args().size() > 1) {
                    throw d.error("invalid parameter \"" + d.arg(1) + "\"");
                }
                return new ArrayList<>();
            }
            Build build = Build.of(scope);
            String name = d.args().size() > 1 ? d.arg(1) : "combined";
            LogFormat format = name.equals("combined")
                    ? combined(build, d)
                    : scope.nearest(HTTP).get(FORMATS).get(name);
            if (format == null) {
                throw d.error("unknown log format \"" + name + "\"");
            }
            Template condition = null;
            for (String parameter :
                    d.args().subList(Math.min(2, d.args().size()), d.args().size())) {
                if (parameter.startsWith("if=")) {
                    condition = build.template(parameter.substring(3), d);
                } else if (parameter.startsWith("flush=") && Values.parseMillis(parameter.substring(6)) < 0) {
                    throw d.error("invalid flush time \"" + parameter + "\"");
                } else if (!parameter.startsWith("buffer=")
                        && !parameter.startsWith("flush=")
                        && !parameter.startsWith("gzip")) {
                    // buffer, flush and gzip have no effect: another thread than the I/O threads gathers and writes
                    // lines anyway
                    throw d.error("invalid parameter \"" + parameter + "\"");
                }
            }
            List<AccessLog> logs = former == null ? new ArrayList<>() : former;
            String path = Paths.under(build.prefix(), d, 0).toString();
            logs.add(new AccessLog(build.logFiles().file(path), format, condition));
            return logs;
        }
    }

    private static LogFormat combined(Build build, Directive d) throws ConfException {
        return new LogFormat(List.of(build.template(COMBINED, d)), LogFormat.Escape.DEFAULT);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        SETTINGS.of(scope).logs.forEach(log -> location.log(log::log));
    }
}
