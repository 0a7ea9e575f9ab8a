package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.lint.Values;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** An X-Forwarded-For that begins with a claim. */
final class ForwardedForFromClient extends Check {

    ForwardedForFromClient() {
        super("forwarded-for-from-client", Severity.HINT, docs("proxy", "var_proxy_add_x_forwarded_for"), """
                $proxy_add_x_forwarded_for appends the client's address to what the client itself has sent. For the
                first proxy that is a claim, and apps that take the first entry believe it. Behind another proxy it
                is right, once set_real_ip_from says which.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            for (Directive d : Merged.setHeaders(level.scope())) {
                if (!d.arg(1).contains("$proxy_add_x_forwarded_for") || Merged.takesRealIp(level.scope())) {
                    continue;
                }
                String path = site.path(level);
                report.add(d, "the app is told what a client claims about others, before its real address")
                        .fix(
                                "Tell the address only",
                                () -> List.of(site.texts()
                                        .replace(
                                                d,
                                                1,
                                                Values.replace(d.arg(1), "proxy_add_x_forwarded_for", "$remote_addr"))))
                        .proof(
                                path == null
                                        ? null
                                        : site.ask(level.server(), path)
                                                .with("X-Forwarded-For", "203.0.113.66")
                                                .sees(
                                                        Where.TO_UPSTREAM,
                                                        d.arg(0),
                                                        "203\\.0\\.113\\.66",
                                                        "the app is told the address that you made up"));
            }
        });
    }
}
