package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** Files of any kind that browsers run. */
final class HtmlForUnknownFiles extends Check {

    HtmlForUnknownFiles() {
        super("html-for-unknown-files", Severity.WARNING, docs("core", "default_type"), """
                default_type is for files whose extension nobody knows. As text/html, an upload called "x" or
                "x.unknown" is a page of this site, whose scripts act in the name of whoever opens it.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            Directive d = level.first("default_type");
            boolean isHtml = d != null && d.arg(0).equalsIgnoreCase("text/html");
            if (isHtml && level.all().anyMatch(each -> each.isLocation() && servesFiles(each))) {
                report.add(d, "a file of an unknown kind is sent as a page that browsers run")
                        .fix(
                                "Have browsers save it",
                                () -> List.of(site.texts().replace(d, 0, "application/octet-stream")));
            }
        });
    }

    private static boolean servesFiles(Level level) {
        return "text/html".equalsIgnoreCase(level.core().defaultType())
                && level.first("return") == null
                && Merged.proxyPass(level.scope()) == null
                && (level.nearestWith("alias") == level || level.nearestWith("root") != null)
                && level.own("hop_console", "stub_status").isEmpty();
    }
}
