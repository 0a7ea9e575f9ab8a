package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** A console for everybody: CWE-306. */
final class ConsoleOpen extends Check {

    ConsoleOpen() {
        super("console-open", Severity.ERROR, "https://cwe.mitre.org/data/definitions/306.html", """
                hop_console shows everybody's requests, and with "edit" it puts any configuration to work, which
                comes to running code as the proxy's user. allow and deny are its only door.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(Rules::areOpen).forEach(level -> {
            Directive d = level.first("hop_console");
            if (d != null) {
                report.add(d, "the console is open to everybody who reaches this server")
                        .fix(
                                "Let only this machine in",
                                () -> List.of(site.texts().after(d, "allow 127.0.0.1;\nallow ::1;\ndeny all;")));
            }
        });
    }
}
