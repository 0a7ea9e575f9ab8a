package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;

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
            LostLines lines = LostLines.of(
                    level.own("add_header"), Merged.addedHeaders(level.parent().scope()));
            if (lines.areThere()) {
                add(site, report, level, lines);
            }
        });
    }

    private static void add(Site site, Report report, Level level, LostLines lines) {
        String path = site.path(level);
        Directive gone = lines.lost().get(0);
        lines.report(site, report, "add_header in " + level.title() + " takes away what the level around adds: ")
                .proof(
                        path == null || gone.arg(1).contains("$")
                                ? null
                                : site.ask(level.server(), path)
                                        .sees(Where.HEADER, gone.arg(0), "^$", "the response has no " + gone.arg(0)));
    }
}
