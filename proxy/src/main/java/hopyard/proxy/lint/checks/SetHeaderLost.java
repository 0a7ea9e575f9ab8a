package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;

/** An inner {@code proxy_set_header} that silently drops the outer ones. */
final class SetHeaderLost extends Check {

    SetHeaderLost() {
        super("proxy-set-header-lost", Severity.WARNING, docs("proxy", "proxy_set_header"), """
                proxy_set_header lines are inherited from the level around only if the inner level has none of its
                own. One line in a location, and the app no longer learns the host, the client's address or the
                scheme there: wrong redirects, failed CSRF checks, and logs that name the proxy as the client.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            LostLines lines = LostLines.of(
                    level.own("proxy_set_header"),
                    Merged.setHeaders(level.parent().scope()));
            if (!lines.areThere()) {
                return;
            }
            String path = site.path(level);
            Directive shown = lines.lost().stream()
                    .filter(d -> !d.arg(1).isEmpty() && !d.arg(0).matches("(?i)Host|Connection"))
                    .findFirst()
                    .orElse(null);
            lines.report(
                            site,
                            report,
                            "proxy_set_header in " + level.title() + " takes away what the level around sets: ")
                    .proof(
                            path == null || shown == null
                                    ? null
                                    : site.ask(level.server(), path)
                                            .sees(
                                                    Where.TO_UPSTREAM,
                                                    shown.arg(0),
                                                    "^$",
                                                    "the app gets no " + shown.arg(0)));
        });
    }
}
