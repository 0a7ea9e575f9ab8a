package hopyard.proxy.running;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the lines of the configuration that are in force for a request in a location: the lines of the location, those
 * that it inherits (a directive is taken from the innermost level that has it), and the blocks that these lines name.
 */
final class EffectiveDirectives {

    /** Directives that run at each level, so that an inner one does not replace an outer one. */
    private static final Set<String> CUMULATIVE = Set.of("set", "return");

    /** Directives that have no meaning if another server makes the response. */
    private static final Set<String> FOR_FILES = Set.of("root", "alias", "index", "types", "default_type");

    /** Of these, those that variables for scripts are made of, such as {@code $document_root}. */
    private static final Set<String> FOR_SCRIPTS = Set.of("root", "alias");

    /** What the names of directives begin with that pass requests on, and of those for apps with scripts. */
    private static final Set<String> MODULES = Set.of("proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached");

    private static final Set<String> FOR_APPS_WITH_SCRIPTS = Set.of("fastcgi", "uwsgi", "scgi");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Za-z0-9_]+)");
    private static final Pattern HOST = Pattern.compile("(?:[A-Za-z]+://)?([^:/]+)");

    private EffectiveDirectives() {}

    static List<Directive> of(Scope scope) {
        Map<String, List<Directive>> byName = new LinkedHashMap<>();
        List<Directive> effective = new ArrayList<>();
        for (Scope level = scope; level.context() != Context.MAIN; level = level.parent()) {
            Map<String, List<Directive>> here = new LinkedHashMap<>();
            for (Directive directive : level.directives()) {
                if (directive.block() == null || directive.name().equals("types")) {
                    here.computeIfAbsent(directive.name(), n -> new ArrayList<>())
                            .add(directive);
                }
            }
            here.forEach((name, directives) -> {
                if (CUMULATIVE.contains(name) || !byName.containsKey(name)) {
                    effective.addAll(directives);
                }
            });
            byName.putAll(here);
            Location location = LocationBlock.of(level).location();
            if (location != null) {
                effective.add(location.directive());
            }
        }
        List<Directive> own = scope.directives();
        Location here = LocationBlock.of(scope).location();
        String its = module(own);
        String module =
                its == null && here.base() != here ? module(scope.parent().directives()) : its;
        effective.removeIf(d -> isOfAnother(module, d.name())
                || (module == null
                        ? d.name().equals("hop_console") && !own.contains(d)
                        : isForFiles(module, d.name())));
        addNamed(scope.nearest(Context.HTTP), effective, module + "_pass");
        return List.copyOf(effective);
    }

    /** Returns the module that passes requests on; {@code null} if none does. */
    private static String module(List<Directive> directives) {
        return directives.stream()
                .filter(d -> d.name().endsWith("_pass"))
                .map(d -> prefix(d.name()))
                .filter(MODULES::contains)
                .findFirst()
                .orElse(null);
    }

    private static String prefix(String directive) {
        return directive.substring(0, Math.max(0, directive.indexOf('_')));
    }

    private static boolean isOfAnother(String module, String directive) {
        String prefix = prefix(directive);
        return MODULES.contains(prefix) && !prefix.equals(module);
    }

    private static boolean isForFiles(String module, String directive) {
        return FOR_FILES.contains(directive)
                && !(FOR_APPS_WITH_SCRIPTS.contains(module) && FOR_SCRIPTS.contains(directive));
    }

    /** Keeps only the log formats that are used, and adds the maps and the upstream blocks that are used. */
    private static void addNamed(Scope http, List<Directive> effective, String passing) {
        Set<String> formats = new HashSet<>();
        effective.stream().filter(d -> d.name().equals("access_log")).forEach(d -> formats.addAll(d.args()));
        effective.removeIf(d -> d.name().equals("log_format") && !formats.contains(d.arg(0)));
        Set<String> variables = new HashSet<>();
        Set<String> passedTo = new HashSet<>();
        for (Directive line : effective) {
            for (String arg : line.args()) {
                VARIABLE.matcher(arg).results().forEach(found -> variables.add("$" + found.group(1)));
            }
            Matcher pass = HOST.matcher(line.name().equals(passing) ? line.arg(0) : "");
            if (pass.lookingAt()) {
                passedTo.add(pass.group(1));
            }
        }
        for (Directive block : http.directives()) {
            if (block.name().equals("map") && variables.contains(block.arg(1))) {
                effective.add(block);
            } else if (block.name().equals("upstream") && passedTo.contains(block.arg(0))) {
                effective.add(block);
                effective.addAll(block.block().directives());
            }
        }
    }

    /** Returns how many directives may be in force in a scope: its own and those around it, without blocks. */
    static int count(Scope scope) {
        int lines = 0;
        for (Scope level = scope; level != null; level = level.parent()) {
            for (Directive directive : level.directives()) {
                lines += directive.block() == null ? 1 : 0;
            }
        }
        return lines;
    }
}
