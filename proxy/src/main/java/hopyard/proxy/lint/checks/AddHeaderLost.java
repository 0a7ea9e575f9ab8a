package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;
import java.util.stream.Collectors;

/** An inner {@code add_header} that silently drops the outer ones. */
final class AddHeaderLost extends Check {

    AddHeaderLost() {
        super("add-header-lost", Severity.WARNING, docs("headers", "add_header"), """
                add_header lines are inherited from the level around only if the inner level has none of its own.
                One line in a location, for caching or a debug header, takes away all the security headers that the
                server sets, and nothing says so.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(level -> level.parent() != null).forEach(level -> {
            List<Directive> own = level.own("add_header");
            List<Directive> lost = Merged.addedHeaders(level.parent().scope()).stream()
                    .filter(outer -> own.stream().noneMatch(d -> d.arg(0).equalsIgnoreCase(outer.arg(0))))
                    .toList();
            if (!own.isEmpty() && !lost.isEmpty()) {
                add(site, report, level, lost);
            }
        });
    }

    private static void add(Site site, Report report, Level level, List<Directive> lost) {
        List<Directive> own = level.own("add_header");
        String names = lost.stream().map(d -> d.arg(0)).distinct().collect(Collectors.joining(", "));
        String path = site.path(level);
        Directive gone = lost.get(0);
        report.add(own.get(0), "add_header in " + level.title() + " takes away what the level around adds: " + names)
                .fix(
                        "Repeat the outer lines here",
                        () -> List.of(site.texts()
                                .before(
                                        own.get(0),
                                        lost.stream().map(site.texts()::of).collect(Collectors.joining("\n")))))
                .proof(
                        path == null || gone.arg(1).contains("$")
                                ? null
                                : site.ask(level.server(), path)
                                        .sees(Where.HEADER, gone.arg(0), "^$", "the response has no " + gone.arg(0)));
    }
}
