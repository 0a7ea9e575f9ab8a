package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LIMIT_EXCEPT;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.AccessLog;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.LogFormat;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Template;
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

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final String COMBINED = "$remote_addr - $remote_user [$time_local] \"$request\" $status "
            + "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    private static final class Settings {
        private final Map<String, LogFormat> formats = new HashMap<>();
        /** {@code null} where nothing is said; empty for {@code off}. */
        private List<AccessLog> logs;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("log_format", 2, Command.ANY, LogModule::logFormat, HTTP),
                Command.simple(
                        "access_log",
                        1,
                        Command.ANY,
                        LogModule::accessLog,
                        HTTP,
                        SERVER,
                        LOCATION,
                        LOCATION_IF,
                        LIMIT_EXCEPT));
    }

    private static void logFormat(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.formats.containsKey(d.arg(0)) || d.arg(0).equals("combined")) {
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
        settings.formats.put(d.arg(0), new LogFormat(parts, escape));
    }

    private static void accessLog(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (d.arg(0).equals("off")) {
            if (d.args().size() > 1) {
                throw d.error("invalid parameter \"" + d.arg(1) + "\"");
            }
            settings.logs = new ArrayList<>();
            return;
        }
        Build build = Build.of(scope);
        String name = d.args().size() > 1 ? d.arg(1) : "combined";
        LogFormat format = name.equals("combined")
                ? combined(build, d)
                : scope.nearest(HTTP).get(KEY).formats.get(name);
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
                // lines are gathered and written off the I/O threads anyway: these have nothing to change
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }
        if (settings.logs == null) {
            settings.logs = new ArrayList<>();
        }
        String path = Paths.under(build.prefix(), d, 0).toString();
        settings.logs.add(new AccessLog(build.logFiles().file(path), format, condition));
    }

    private static LogFormat combined(Build build, Directive d) throws ConfException {
        return new LogFormat(List.of(build.template(COMBINED, d)), LogFormat.Escape.DEFAULT);
    }

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        Settings own = child.get(KEY);
        if (own.logs == null) {
            own.logs = parent.context() == MAIN ? byDefault(child) : parent.get(KEY).logs;
        }
    }

    private static List<AccessLog> byDefault(Scope http) throws ConfException {
        Build build = Build.of(http);
        String path = build.prefix().resolve("logs/access.log").toString();
        return List.of(new AccessLog(build.logFiles().file(path), combined(build, null), null));
    }

    @Override
    public void compile(Scope scope, Location location) {
        scope.get(KEY).logs.forEach(location::log);
    }
}
