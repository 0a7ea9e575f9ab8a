package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** {@code stub_status} for everybody. */
final class StatusOpen extends Check {

    StatusOpen() {
        super("status-open", Severity.HINT, docs("stub_status", "stub_status"), """
                The page tells strangers how many clients there are and how much is going on: what somebody who
                tries to overload the server would like to watch.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(Rules::areOpen).forEach(level -> {
            Directive d = level.first("stub_status");
            if (d != null) {
                report.add(d, "everybody may read the status page")
                        .fix(
                                "Let only this machine in",
                                () -> List.of(site.texts().after(d, "allow 127.0.0.1;\nallow ::1;\ndeny all;")));
            }
        });
    }
}
