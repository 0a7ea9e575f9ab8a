package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** A POST that may be carried out twice. */
final class RetryNonIdempotent extends Check {

    RetryNonIdempotent() {
        super("retry-non-idempotent", Severity.WARNING, docs("proxy", "proxy_next_upstream"), """
                When a server fails after it has read a request, nobody knows whether it has carried it out. With
                non_idempotent the next server gets the same POST: the order is placed twice.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("proxy_next_upstream")) {
                int number = d.args().indexOf("non_idempotent");
                if (number >= 0) {
                    report.add(d, "a POST that has failed is sent to the next server, which may carry it out again")
                            .fix(
                                    "Retry what may be retried only",
                                    () -> List.of(
                                            d.args().size() == 1
                                                    ? site.texts().delete(d)
                                                    : site.texts().remove(d, number)));
                }
            }
        });
    }
}
