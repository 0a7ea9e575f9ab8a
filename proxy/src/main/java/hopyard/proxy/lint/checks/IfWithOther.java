package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** "If is evil": an {@code if} that holds more than rewriting. */
final class IfWithOther extends Check {

    IfWithOther() {
        super(
                "if-with-other-directives",
                Severity.WARNING,
                "https://www.nginx.com/resources/wiki/start/topics/depth/ifisevil/",
                """
                An "if" in a location is a location of its own that takes its place: what the outer one has is
                inherited only in part, and of several that hold only the last counts. Nothing but return, rewrite,
                set and break does what it looks like ("If is evil", nginx wiki).
                """);
    }

    private static final Set<String> SAFE =
            Set.of("return", "rewrite", "set", "break", "rewrite_log", "uninitialized_variable_warn");

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(level -> level.context() == Context.LOCATION_IF).forEach(level -> {
            List<Directive> others = level.scope().directives().stream()
                    .filter(d -> !SAFE.contains(d.name()))
                    .toList();
            // an "if" that answers by itself is a location of its own on purpose
            if (others.isEmpty() || level.first("return") != null) {
                return;
            }
            report.add(
                            others.get(0),
                            others.get(0).name()
                                    + " in an \"if\" takes effect with what is left of the location around only")
                    .fix("Go to a location of its own", () -> edits(site, level, others));
        });
    }

    /**
     * Returns edits that use {@code error_page 418 = @name}, as the wiki says; {@code null} if a named location cannot
     * do what this one does.
     */
    private static List<Edit> edits(Site site, Level level, List<Directive> others) {
        Level location = level.parent();
        boolean isSimple = location.parent() == location.server()
                && location.own("alias", "internal", "try_files").isEmpty()
                && location.nearestWith("error_page") == null
                && level.own("rewrite", "break").isEmpty()
                && location.own("if").size() == 1
                && location.scope().directives().stream()
                        .noneMatch(
                                d -> d.name().equals("proxy_pass") && d.arg(0).matches("https?://[^/]+/.*"));
        if (!isSimple) {
            return null;
        }
        Directive block = level.location().directive();
        String name = "@if_" + block.line();
        List<String> replaced = others.stream().map(Directive::name).toList();
        String kept = location.scope().directives().stream()
                .filter(d -> d.block() == null && !SAFE.contains(d.name()))
                .filter(d -> !replaced.contains(d.name()) || d.name().equals("add_header"))
                .map(d -> site.texts().of(d) + " ")
                .collect(Collectors.joining());
        String moved = others.stream().map(d -> site.texts().of(d) + " ").collect(Collectors.joining());
        List<Edit> edits = new ArrayList<>();
        edits.add(site.texts().before(block, "error_page 418 = " + name + ";"));
        others.forEach(d -> edits.add(site.texts().delete(d)));
        Directive last =
                level.scope().directives().get(level.scope().directives().size() - 1);
        edits.add(site.texts().after(last, "return 418;"));
        edits.add(site.texts().after(location.location().directive(), "location " + name + " { " + kept + moved + "}"));
        return edits;
    }
}
