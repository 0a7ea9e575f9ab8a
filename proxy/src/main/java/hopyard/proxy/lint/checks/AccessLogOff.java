package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** A server that keeps no record. */
final class AccessLogOff extends Check {

    AccessLogOff() {
        super("access-log-off", Severity.HINT, docs("log", "access_log"), """
                Without an access log nobody can say afterwards who asked for what: neither after an attack nor when
                a user complains. For single files such as icons it is another matter.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(level -> !level.isLocation()).forEach(level -> {
            Directive d = level.first("access_log");
            boolean isOff = d != null && d.arg(0).equals("off") && level.context() != Context.LOCATION_IF;
            if (isOff && level.all().anyMatch(Level::isLocation)) {
                report.add(d, "no request is logged in " + (level.server() == null ? "any server" : "this server"))
                        .fix("Log them", () -> List.of(site.texts().delete(d)));
            }
        });
    }
}
