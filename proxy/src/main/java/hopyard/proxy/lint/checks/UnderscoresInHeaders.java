package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** Two names that apps take for one. */
final class UnderscoresInHeaders extends Check {

    UnderscoresInHeaders() {
        super("underscores-in-headers", Severity.WARNING, docs("core", "underscores_in_headers"), """
                CGI, WSGI and Rack make HTTP_X_REAL_IP both of "X-Real-IP" and of "X_Real_IP". The proxy writes the
                first; with underscores_in_headers on, a client's second one gets to the app as well, and may win.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            Directive d = level.first("underscores_in_headers");
            Level passing = level.all()
                    .filter(each -> each.isLocation() && each.pass() != null)
                    .findFirst()
                    .orElse(null);
            if (d != null && d.arg(0).equalsIgnoreCase("on") && passing != null) {
                String path = site.path(passing);
                report.add(d, "a client can write headers that apps cannot tell from those that the proxy sets")
                        .fix("Leave them out", () -> List.of(site.texts().replace(d, 0, "off")))
                        .proof(
                                path == null
                                        ? null
                                        : site.ask(passing.server(), path)
                                                .with("X_Real_IP", "203.0.113.66")
                                                .sees(
                                                        Where.TO_UPSTREAM,
                                                        "X_Real_IP",
                                                        "203",
                                                        "the app gets your X_Real_IP"));
            }
        });
    }
}
