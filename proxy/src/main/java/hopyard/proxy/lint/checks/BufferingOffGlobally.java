package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** Apps have to wait for slow clients, everywhere. */
final class BufferingOffGlobally extends Check {

    BufferingOffGlobally() {
        super("buffering-off-globally", Severity.WARNING, docs("proxy", "proxy_buffering"), """
                proxy_buffering off is for streams. Everywhere else it ties an app's worker to a client until that
                has read everything: a few slow ones, or one who means it, and no worker is left. It also turns off
                the cache.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(level -> !level.isLocation()).forEach(level -> {
            Directive d = level.first("proxy_buffering");
            if (d != null && d.arg(0).equalsIgnoreCase("off")) {
                report.add(d, "the app is held up by the slowest client, in every location")
                        .fix(
                                "Turn it off only where something streams",
                                () -> List.of(site.texts().delete(d)));
            }
        });
    }
}
