package hopyard.proxy.exchange;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.CoreSettings.RootPath;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.LogOutput;
import hopyard.proxy.io.Syslog;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import hopyard.proxy.server.Reading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Readers for settings of {@link CoreSettings} that have a form of their own. */
final class CoreReaders {

    private CoreReaders() {}

    /** Reads {@code types}; several blocks of one level count together. */
    static final class Types implements ValueReader.Repeated<Map<String, String>> {
        @Override
        public Map<String, String> read(Scope scope, Directive d, Map<String, String> former) throws ConfException {
            Map<String, String> types = former == null ? new HashMap<>() : new HashMap<>(former);
            for (Directive line : d.block().directives()) {
                for (String arg : line.args()) {
                    String extension = arg.toLowerCase(Locale.ROOT);
                    String already = types.put(extension, line.name());
                    if (already != null) {
                        Build.of(scope)
                                .warn("duplicate extension \"" + extension + "\", content type: \"" + line.name()
                                        + "\", previous content type: \"" + already + "\" in " + line.place());
                    }
                }
            }
            if (d.block().brokenOff() != null) {
                throw d.block().brokenOff();
            }
            return Map.copyOf(types);
        }
    }

    /** Reads {@code keepalive_disable}. */
    static final class Browsers implements ValueReader<Set<String>> {
        @Override
        public Set<String> read(Scope scope, Directive d, Set<String> former) throws ConfException {
            Set<String> browsers = new HashSet<>();
            for (String browser : d.args()) {
                browsers.add(Values.word(d, browser, Set.of("none", "msie6", "safari")));
            }
            return browsers;
        }
    }

    /** Reads {@code server_tokens}. */
    static final class Tokens implements ValueReader<Boolean> {
        @Override
        public Boolean read(Scope scope, Directive d, Boolean former) throws ConfException {
            return switch (d.arg(0).toLowerCase(Locale.ROOT)) {
                // "build" adds nothing: this server has no build name
                case "on", "build" -> true;
                case "off" -> false;
                default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
            };
        }
    }

    /** Reads {@code limit_rate}: a size, or variables whose value is one. */
    static final class Rate implements ValueReader<Template> {
        @Override
        public Template read(Scope scope, Directive d, Template former) throws ConfException {
            if (d.arg(0).indexOf('$') < 0) {
                Values.size(d, 0);
            }
            return Build.of(scope).template(d.arg(0), d);
        }
    }

    /** Reads {@code error_log}; all lines of a level count. */
    static final class Log implements ValueReader.Repeated<ErrorLog> {
        /** The kinds of debugging that nginx has; here they are one. */
        private static final Set<String> DEBUGGING = Set.of(
                "debug_core", "debug_alloc", "debug_mutex", "debug_event", "debug_http", "debug_mail", "debug_stream");

        @Override
        public ErrorLog read(Scope scope, Directive d, ErrorLog former) throws ConfException {
            ErrorLog.Level level = d.args().size() == 1 ? ErrorLog.Level.ERROR : null;
            boolean isNamed = false;
            for (String word : d.args().subList(1, d.args().size())) {
                ErrorLog.Level named = ErrorLog.Level.of(word);
                if (named != null && level != null) {
                    throw d.error("duplicate log level \"" + word + "\"");
                }
                if (named == null && (isNamed || !DEBUGGING.contains(word))) {
                    throw d.error("invalid log level \"" + word + "\"");
                }
                isNamed = named != null;
                level = isNamed ? named : ErrorLog.Level.DEBUG;
            }
            LogOutput output = output(scope, d);
            return former == null ? ErrorLog.to(output, level) : former.and(output, level);
        }

        private static LogOutput output(Scope scope, Directive d) throws ConfException {
            Build build = Build.of(scope);
            String name = d.arg(0);
            if (name.startsWith(Syslog.PREFIX)) {
                return Syslog.of(d, false, Reading.of(scope).surroundings(), build::warn);
            }
            if (name.startsWith("memory:")) {
                throw d.error("\"memory:\" is not supported by hopyard");
            }
            return build.logFiles()
                    .file(
                            name.equals("stderr") || name.isEmpty()
                                    ? "stderr"
                                    : Paths.under(Reading.of(scope).prefix(), d, 0)
                                            .toString());
        }
    }

    /** Reads {@code root} and {@code alias}. */
    static final class Root implements ValueReader.Repeated<RootPath> {

        @Override
        public RootPath read(Scope scope, Directive d, RootPath former) throws ConfException {
            boolean isAlias = d.name().equals("alias");
            if (former != null) {
                throw d.error(
                        former.aliased() > 0 == isAlias
                                ? "\"" + d.name() + "\" directive is duplicate"
                                : "\"" + d.name() + "\" directive is duplicate, \"" + (isAlias ? "root" : "alias")
                                        + "\" directive was specified earlier");
            }
            Build build = Build.of(scope);
            String path = d.arg(0);
            for (String name : List.of("document_root", "realpath_root")) {
                if (path.contains("$" + name) || path.contains("${" + name + "}")) {
                    throw d.error("the $" + name + " variable cannot be used in the \"" + d.name() + "\" directive");
                }
            }
            if (!path.startsWith("$")) {
                path = Paths.toBytes(
                                Paths.under(Reading.of(scope).prefix(), path, d).toString())
                        + (path.endsWith("/") ? "/" : "");
            }
            return new RootPath(build.template(path, d), isAlias ? aliased(scope, d) : 0);
        }

        private static int aliased(Scope scope, Directive d) throws ConfException {
            Location location = LocationBlock.of(scope).location();
            if (location.kind() == Location.Kind.NAMED) {
                throw d.error("the \"alias\" directive cannot be used inside the named location");
            }
            return location.kind() == Location.Kind.REGEX
                    ? RootPath.WHOLE
                    : location.name().length();
        }
    }

    /** Reads {@code error_page}: a level may have several lines, each for several statuses. */
    static final class ErrorPages implements ValueReader.Repeated<List<ErrorPage>> {

        private static final int LOWEST = 300;
        private static final int HIGHEST = 599;

        @Override
        public List<ErrorPage> read(Scope scope, Directive d, List<ErrorPage> former) throws ConfException {
            List<ErrorPage> pages = former == null ? new ArrayList<>() : former;
            int last = d.args().size() - 1;
            int shown = ErrorPage.SAME;
            int codes = last;
            String before = d.arg(last - 1);
            if (before.startsWith("=")) {
                if (last == 1) {
                    throw d.error("invalid value \"" + before + "\"");
                }
                shown = before.length() == 1 ? ErrorPage.ITS_OWN : Values.parseNumber(before.substring(1));
                if (shown < 0) {
                    throw d.error("invalid value \"" + before + "\"");
                }
                codes--;
            }
            Template target = Build.of(scope).template(d.arg(last), d);
            for (String code : d.args().subList(0, codes)) {
                int status = Values.parseNumber(code);
                if (status < 0 || status == 499) {
                    throw d.error("invalid value \"" + code + "\"");
                }
                if (status < LOWEST || status > HIGHEST) {
                    throw d.error("value \"" + code + "\" must be between " + LOWEST + " and " + HIGHEST);
                }
                pages.add(new ErrorPage(status, shown, target, d));
            }
            return pages;
        }
    }
}
