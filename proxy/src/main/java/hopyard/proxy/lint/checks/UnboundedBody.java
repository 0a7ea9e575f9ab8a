package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** Uploads of any size that are stored here first. */
final class UnboundedBody extends Check {

    UnboundedBody() {
        super("unbounded-body-stored", Severity.WARNING, docs("core", "client_max_body_size"), """
                client_max_body_size 0 lets any body in, and with proxy_request_buffering on, which it is unless
                told otherwise, the proxy stores all of it before it connects. Anybody can fill the disk, and the
                app learns of a large upload only when it is over.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("client_max_body_size")) {
                boolean isStored = d.arg(0).matches("0[kKmMgG]?")
                        && level.all()
                                .anyMatch(each -> each.isLocation()
                                        && each.pass() != null
                                        && each.core().clientMaxBodySize() == 0
                                        && Merged.forward(each.scope()).requestBuffering());
                if (isStored) {
                    report.add(d, "a body of any size is stored here before it is passed on")
                            .fix("Bound it", () -> List.of(site.texts().replace(d, 0, "100m")));
                }
            }
        });
    }
}
