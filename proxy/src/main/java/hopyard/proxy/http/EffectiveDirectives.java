package hopyard.proxy.http;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which lines of the configuration a request that ends up in a location obeys: what stands in the location, what
 * nginx's rule of inheritance brings in from around it (a directive is taken from the innermost level that has it),
 * and the blocks that these lines name.
 */
final class EffectiveDirectives {

    /** Obeyed level after level, so an inner one replaces nothing. */
    private static final Set<String> CUMULATIVE = Set.of("set", "return");

    /** Without meaning where another server makes the response. */
    private static final Set<String> FOR_FILES = Set.of("root", "alias", "index", "types", "default_type");

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
            Location location = level.get(CoreSettings.KEY).location;
            if (location != null) {
                effective.add(location.directive());
            }
        }
        List<Directive> own = scope.directives();
        boolean isProxied = passesOn(own)
                || scope.get(CoreSettings.KEY).location.base() != scope.get(CoreSettings.KEY).location
                        && passesOn(scope.parent().directives());
        effective.removeIf(d -> isProxied
                ? FOR_FILES.contains(d.name())
                : d.name().startsWith("proxy_") || d.name().equals("hop_console") && !own.contains(d));
        addNamed(scope.nearest(Context.HTTP), effective);
        return List.copyOf(effective);
    }

    private static boolean passesOn(List<Directive> directives) {
        return directives.stream().anyMatch(d -> d.name().equals("proxy_pass"));
    }

    /** Keeps the log formats that are used, and adds the maps and upstream blocks that are. */
    private static void addNamed(Scope http, List<Directive> effective) {
        effective.removeIf(format -> format.name().equals("log_format")
                && effective.stream()
                        .noneMatch(
                                d -> d.name().equals("access_log") && d.args().contains(format.arg(0))));
        List<Directive> lines = List.copyOf(effective);
        for (Directive block : http.directives()) {
            if (block.name().equals("map") && isUsed(block.arg(1), lines)) {
                effective.add(block);
            } else if (block.name().equals("upstream") && isPassedTo(block.arg(0), lines)) {
                effective.add(block);
                effective.addAll(block.block().directives());
            }
        }
    }

    private static boolean isUsed(String variable, List<Directive> lines) {
        return lines.stream()
                .flatMap(d -> d.args().stream())
                .anyMatch(arg -> arg.contains(variable) || arg.contains("${" + variable.substring(1) + "}"));
    }

    private static boolean isPassedTo(String upstream, List<Directive> lines) {
        return lines.stream()
                .filter(d -> d.name().equals("proxy_pass"))
                .anyMatch(d -> d.arg(0).matches("https?://" + Pattern.quote(upstream) + "([:/].*)?"));
    }
}
