package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** A limit that a client chooses for itself. */
final class LimitByClientHeader extends Check {

    LimitByClientHeader() {
        super("limit-by-client-header", Severity.WARNING, docs("limit_req", "limit_req_zone"), """
                Each value of the key has a limit of its own. Where the client writes the value, it writes another
                one into each request and is never limited; and it can use up the limit of somebody else, whose
                value it sends.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        if (site.http() == null) {
            return;
        }
        for (Directive d : site.http().own("limit_req_zone", "limit_conn_zone")) {
            String name = site.values().expand(d.arg(0)).stream()
                    .flatMap(text -> PossibleValues.variables(text).stream())
                    .filter(each -> each.matches("(http|arg|cookie)_.*|args|query_string|proxy_add_x_forwarded_for"))
                    .findFirst()
                    .orElse(null);
            if (name != null) {
                report.add(d, "the client chooses $" + name + ", and with it the limit that counts")
                        .fix(
                                "Limit by the client's address",
                                () -> List.of(site.texts().replace(d, 0, "$binary_remote_addr")));
            }
        }
    }
}
