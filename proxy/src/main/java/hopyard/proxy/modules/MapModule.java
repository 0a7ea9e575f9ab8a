package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Regex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Variables whose values depend on other variables.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_map_module.html">ngx_http_map_module</a>
 */
final class MapModule implements Module {

    @Override
    public Manual manual() {
        return new Manual("map", "ngx_http_map_module");
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.block("map", 2, 2, MapModule::map, HTTP)
                .means("Makes a variable whose value is looked up by another one's."));
    }

    private record Line(Regex regex, Template value) {}

    /** A name, with one wildcard at most, before its first dot or behind its last one; no two dots in a row. */
    private static final Pattern HOSTNAME =
            Pattern.compile("(?!.*\\.\\.)([^*]*|\\*\\.[^*]+|[^*]+\\.\\*|\\.[^*]*\\*?[^*]*)", Pattern.DOTALL);

    private static final class Table {
        private final Template source;
        private final Map<String, Template> exact = new HashMap<>();
        private final Map<String, Template> leading = new HashMap<>();
        private final Map<String, Template> trailing = new HashMap<>();
        private final List<Line> lines = new ArrayList<>();
        private Template byDefault = Template.constant("");
        private boolean hasDefault;
        private boolean hostnames;
        private boolean isVolatile;

        Table(Template source) {
            this.source = source;
        }

        String lookUp(Exchange exchange) {
            String key = source.eval(exchange);
            if (hostnames && key.endsWith(".")) {
                key = key.substring(0, key.length() - 1);
            }
            String lower = key.toLowerCase(Locale.ROOT);
            Template found = exact.get(lower);
            if (found == null && hostnames) {
                found = wildcard(lower);
            }
            // as in nginx, no expression matches an empty value
            if (found == null && !key.isEmpty()) {
                found = match(exchange, key);
            }
            return (found == null ? byDefault : found).eval(exchange);
        }

        private Template match(Exchange exchange, String key) {
            try {
                for (Line line : lines) {
                    if (line.regex.find(exchange, key)) {
                        return line.value;
                    }
                }
            } catch (Regex.LimitReached e) {
                // a map always has a value: here the default, as in nginx
                exchange.log(ErrorLog.Level.ALERT, e.getMessage());
            }
            return null;
        }

        private Template wildcard(String host) {
            Template found = null;
            for (int dot = host.indexOf('.'); found == null && dot >= 0; dot = host.indexOf('.', dot + 1)) {
                found = leading.get(host.substring(dot));
            }
            for (int dot = host.lastIndexOf('.'); found == null && dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
                found = trailing.get(host.substring(0, dot + 1));
            }
            return found;
        }
    }

    private static void map(Loader loader, Scope scope, Directive d) throws ConfException {
        String name = d.arg(1);
        if (!name.startsWith("$")) {
            throw d.error("invalid variable name \"" + name + "\"");
        }
        Build build = Build.of(scope);
        Table table = new Table(build.template(d.arg(0), d));
        for (Directive line : d.block().directives()) {
            entry(build, table, line);
        }
        if (d.block().brokenOff() != null) {
            throw d.block().brokenOff();
        }
        build.variables().defineLookedUp(d, name.substring(1), table.isVolatile, table::lookUp);
    }

    private static void entry(Build build, Table table, Directive line) throws ConfException {
        String key = line.name();
        if (line.args().isEmpty() && key.equals("hostnames")) {
            table.hostnames = true;
            return;
        }
        if (line.args().isEmpty() && key.equals("volatile")) {
            table.isVolatile = true;
            return;
        }
        if (line.args().size() != 1) {
            throw line.error("invalid number of the map parameters");
        }
        Template value = build.template(line.arg(0), line);
        if (key.equals("default")) {
            if (table.hasDefault) {
                throw line.error("duplicate default map parameter");
            }
            table.hasDefault = true;
            table.byDefault = value;
        } else if (key.startsWith("~")) {
            boolean ignoreCase = key.startsWith("~*");
            Regex regex = Regex.compile(build.variables(), line, key.substring(ignoreCase ? 2 : 1), ignoreCase);
            table.lines.add(new Line(regex, value));
        } else {
            literal(table, line, key.startsWith("\\") ? key.substring(1) : key, value);
        }
    }

    private static void literal(Table table, Directive line, String key, Template value) throws ConfException {
        String lower = key.toLowerCase(Locale.ROOT);
        Template previous;
        if (table.hostnames && !HOSTNAME.matcher(lower).matches()) {
            throw line.error("invalid hostname or wildcard \"" + key + "\"");
        }
        if (table.hostnames && lower.startsWith("*.")) {
            previous = table.leading.putIfAbsent(lower.substring(1), value);
        } else if (table.hostnames && lower.startsWith(".") && lower.length() > 1) {
            Template exact = table.exact.putIfAbsent(lower.substring(1), value);
            previous = exact == null ? table.leading.putIfAbsent(lower, value) : exact;
        } else if (table.hostnames && lower.endsWith(".*")) {
            previous = table.trailing.putIfAbsent(lower.substring(0, lower.length() - 1), value);
        } else {
            previous = table.exact.putIfAbsent(lower, value);
        }
        if (previous != null) {
            throw line.error("conflicting parameter \"" + lower + "\"");
        }
    }
}
