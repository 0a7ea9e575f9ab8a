package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.stream.Stream;

/** An error log in a file called "off". */
final class ErrorLogOff extends Check {

    ErrorLogOff() {
        super("error-log-off", Severity.WARNING, "https://nginx.org/en/docs/ngx_core_module.html#error_log", """
                error_log has no "off": what looks like it writes the log to a file of that name, in the prefix
                directory, where nobody looks for it and nobody rotates it.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        Stream.concat(
                        site.main().stream().filter(d -> d.name().equals("error_log")),
                        site.levels().flatMap(level -> level.own("error_log").stream()))
                .filter(d -> d.arg(0).equals("off"))
                .forEach(d -> report.add(d, "errors go to a file called \"off\"")
                        .fix(
                                "Log what is serious only",
                                () -> List.of(site.texts().replaceAll(d, "stderr crit"))));
    }
}
