package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** A header that nobody is believed about. */
final class RealIpWithoutSource extends Check {

    RealIpWithoutSource() {
        super("real-ip-without-source", Severity.WARNING, docs("realip", "real_ip_header"), """
                real_ip_header says where the client's address is written, set_real_ip_from who is believed. Without
                the second the first does nothing: every client still has the address of the proxy in front.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            Directive d = level.first("real_ip_header");
            boolean isUsed = level.all().anyMatch(each -> Merged.takesRealIp(each.scope()));
            if (d != null && !isUsed) {
                report.add(d, "real_ip_header has no effect, because no set_real_ip_from says who is believed")
                        .fix("Take it out", () -> List.of(site.texts().delete(d)));
            }
        });
    }
}
