package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.Set;

/** Versions of TLS that are broken. */
final class OldTls extends Check {

    OldTls() {
        super("tls-old-protocols", Severity.WARNING, "https://datatracker.ietf.org/doc/html/rfc8996", """
                SSL 2 and 3, TLS 1.0 and 1.1 have known attacks (POODLE, BEAST), and RFC 8996 says not to offer
                them. Every browser of the last ten years speaks TLS 1.2.
                """);
    }

    private static final Set<String> OLD = Set.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1");

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("ssl_protocols", "proxy_ssl_protocols")) {
                List<String> old = d.args().stream().filter(OLD::contains).toList();
                if (!old.isEmpty()) {
                    report.add(d, d.name() + " offers " + String.join(" and ", old) + ", which nobody should")
                            .fix(
                                    "Offer TLS 1.2 and 1.3",
                                    () -> List.of(site.texts().replaceAll(d, "TLSv1.2 TLSv1.3")));
                }
            }
        });
    }
}
