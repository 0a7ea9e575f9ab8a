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
import hopyard.proxy.io.LogFile;
import hopyard.proxy.io.LogOutput;
import hopyard.proxy.io.OpenLogs;
import hopyard.proxy.io.Syslog;
import hopyard.proxy.server.Reading;
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

    /** The size, the time and the level of the buffers of logs, by their paths. */
    private static final Scope.Key<Map<String, List<Long>>> BUFFERS = new Scope.Key<>(HashMap::new);

    /** The severity of a request's line, in syslog's numbers. */
    private static final int INFO = 6;

    private static final String COMBINED = "$remote_addr - $remote_user [$time_local] \"$request\" $status "
            + "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    /** Where requests are logged, and which of the logs whose names have variables are kept open. */
    private record LogSettings(List<Line> lines, OpenLogs files) {
        LogSettings(SettingsReader in) {
            this(
                    in.directive("access_log")
                            .byDefault("logs/access.log combined")
                            .means("Where requests are logged, in which format, and under which condition.")
                            .note(
                                    "no `syslog:server=unix:`, as Java has no such datagrams; `buffer=` and `flush=` have no effect without `gzip`, as lines are gathered and written off the I/O threads anyway; a name that variables lead out of its directory is not written to")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF, LIMIT_EXCEPT)
                            .args(1, Command.ANY)
                            .read(new Lines()),
                    in.directive("open_log_file_cache")
                            .byDefault("off")
                            .means("Keeps logs open whose names have variables.")
                            .args(1, 4)
                            .read(new CacheReader()));
        }
    }

    /**
     * An {@code access_log} line.
     *
     * @param output where its lines go; {@code null} if the name has variables
     * @param name the name with variables; {@code null} if there is an output
     */
    private record Line(LogOutput output, Template name, LogFormat format, Template condition) {
        private AccessLog log(OpenLogs files) {
            if (name == null) {
                return new AccessLog((exchange, line) -> output.append(INFO, line), format, condition);
            }
            return new AccessLog(new NamedLogs(name, files)::append, format, condition);
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

    private static final class Lines implements ValueReader.Repeated<List<Line>> {
        @Override
        public List<Line> read(Scope scope, Directive d, List<Line> former) throws ConfException {
            if (d.arg(0).equals("off")) {
                if (d.args().size() > 1) {
                    throw d.error("invalid parameter \"" + d.arg(1) + "\"");
                }
                return new ArrayList<>();
            }
            Build build = Build.of(scope);
            String format = d.args().size() > 1 ? d.arg(1) : "combined";
            LogFormat its = format.equals("combined")
                    ? combined(build, d)
                    : scope.nearest(HTTP).get(FORMATS).get(format);
            if (its == null) {
                throw d.error("unknown log format \"" + format + "\"");
            }
            Parameters parameters = new Parameters(d);
            Template condition = parameters.condition == null ? null : build.template(parameters.condition, d);
            List<Line> lines = former == null ? new ArrayList<>() : former;
            String name = d.arg(0);
            if (name.startsWith(Syslog.PREFIX)) {
                lines.add(new Line(
                        Syslog.of(d, true, Reading.of(scope).surroundings(), build::warn), null, its, condition));
                parameters.refuseBuffer("logs to syslog cannot be buffered");
            } else if (name.indexOf('$') >= 0) {
                String path = Paths.toBytes(Paths.under(Reading.of(scope).prefix(), d, 0)
                        .normalize()
                        .toString());
                lines.add(new Line(null, build.template(path, d), its, condition));
                parameters.refuseBuffer("buffered logs cannot have variables in name");
            } else {
                String path = name.isEmpty()
                        ? "stderr"
                        : Paths.under(Reading.of(scope).prefix(), d, 0).toString();
                parameters.refuseOtherBuffer(scope, path);
                LogFile.Compression compression = parameters.compression();
                LogFile file = compression == null
                        ? build.logFiles().file(path)
                        : build.logFiles().file(path, compression);
                if (file == null) {
                    throw d.error("access_log \"" + name + "\" already defined with conflicting parameters");
                }
                lines.add(new Line(file, null, its, condition));
            }
            return lines;
        }
    }

    /**
     * What follows the format. The lines of a log that is not compressed are gathered anyway, in no buffer of its own.
     */
    private static final class Parameters {
        private static final long USUAL_BUFFER = 64 << 10;

        private final Directive d;
        private String condition;
        private long buffer;
        private long flush;
        private int level;

        private Parameters(Directive d) throws ConfException {
            this.d = d;
            for (int i = 2; i < d.args().size(); i++) {
                read(d.arg(i));
            }
            if (flush > 0 && buffer == 0 && level == 0) {
                throw d.error("no buffer is defined for access_log \"" + d.arg(0) + "\"");
            }
        }

        private void read(String parameter) throws ConfException {
            String value = parameter.substring(parameter.indexOf('=') + 1);
            if (parameter.startsWith("if=")) {
                condition = value;
            } else if (parameter.startsWith("buffer=")) {
                try {
                    buffer = Values.parseSize(value);
                } catch (NumberFormatException e) {
                    buffer = 0;
                }
                if (buffer == 0) {
                    throw d.error("invalid buffer size \"" + value + "\"");
                }
            } else if (parameter.startsWith("flush=")) {
                flush = Values.parseMillis(value);
                if (flush <= 0) {
                    throw d.error("invalid flush time \"" + value + "\"");
                }
            } else if (parameter.equals("gzip")) {
                level = 1;
            } else if (parameter.startsWith("gzip=")) {
                level = Values.parseNumber(value);
                if (level < 1 || level > 9) {
                    throw d.error("invalid compression level \"" + value + "\"");
                }
            } else {
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }

        private void refuseBuffer(String why) throws ConfException {
            if (buffer > 0 || level > 0) {
                throw d.error(why);
            }
        }

        private void refuseOtherBuffer(Scope scope, String path) throws ConfException {
            if (buffer == 0 && level == 0) {
                return;
            }
            List<Long> own = List.of(buffer == 0 ? USUAL_BUFFER : buffer, flush, (long) level);
            if (!scope.nearest(HTTP)
                    .get(BUFFERS)
                    .computeIfAbsent(path, p -> own)
                    .equals(own)) {
                throw d.error("access_log \"" + d.arg(0) + "\" already defined with conflicting parameters");
            }
        }

        private LogFile.Compression compression() {
            return level == 0 ? null : new LogFile.Compression(level, buffer == 0 ? USUAL_BUFFER : buffer, flush);
        }
    }

    /** Reads {@code open_log_file_cache}. */
    private static final class CacheReader implements ValueReader<OpenLogs> {
        @Override
        public OpenLogs read(Scope scope, Directive d, OpenLogs former) throws ConfException {
            if (d.args().equals(List.of("off"))) {
                return OpenLogs.NONE;
            }
            int max = 0;
            int minUses = 1;
            long inactive = 10_000;
            long valid = 60_000;
            for (String parameter : d.args()) {
                String value = parameter.substring(parameter.indexOf('=') + 1);
                boolean isWrong = true;
                if (parameter.startsWith("max=")) {
                    max = Values.parseNumber(value);
                    isWrong = max < 0;
                } else if (parameter.startsWith("min_uses=")) {
                    minUses = Values.parseNumber(value);
                    isWrong = minUses < 0;
                } else if (parameter.startsWith("inactive=")) {
                    inactive = Values.parseSeconds(value) * 1000;
                    isWrong = inactive < 0;
                } else if (parameter.startsWith("valid=")) {
                    valid = Values.parseSeconds(value) * 1000;
                    isWrong = valid < 0;
                }
                if (isWrong) {
                    throw d.error("invalid \"open_log_file_cache\" parameter \"" + parameter + "\"");
                }
            }
            if (max == 0) {
                throw d.error("\"open_log_file_cache\" must have \"max\" parameter");
            }
            return new OpenLogs(max, inactive, minUses, valid);
        }
    }

    private static LogFormat combined(Build build, Directive d) throws ConfException {
        return new LogFormat(List.of(build.template(COMBINED, d)), LogFormat.Escape.DEFAULT);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        LogSettings settings = SETTINGS.of(scope);
        settings.lines.forEach(line -> location.log(line.log(settings.files)::log));
    }
}
