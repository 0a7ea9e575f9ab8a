package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** Every client may choose the address that it seems to come from. */
final class RealIpFromEverybody extends Check {

    RealIpFromEverybody() {
        super("real-ip-from-everybody", Severity.ERROR, docs("realip", "set_real_ip_from"), """
                set_real_ip_from names the proxies that are believed when they say whose request it is. Where that
                is everybody, a client chooses its own address: for allow and deny, for rate limits and for the
                logs.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("set_real_ip_from")) {
                if (d.arg(0).matches(".*/[0-3]")) {
                    report.add(d, "any client is believed when it says which address it has")
                            .fix(
                                    "Believe one proxy: put its address in the place of the example",
                                    () -> List.of(site.texts()
                                            .replace(d, 0, d.arg(0).contains(":") ? "2001:db8::1" : "192.0.2.1")))
                            .proof(d.arg(0).contains(":") ? null : proof(site, level));
                }
            }
        });
    }

    private static Proof proof(Site site, Level level) {
        Level header = level.nearestWith("real_ip_header");
        String name =
                header == null ? "X-Real-IP" : header.first("real_ip_header").arg(0);
        if (name.equals("proxy_protocol")) {
            return null;
        }
        for (Level each : (Iterable<Level>) level.all().filter(Level::isLocation)::iterator) {
            Directive told = each.pass() == null
                    ? null
                    : Merged.setHeaders(each.scope()).stream()
                            .filter(d -> d.arg(1).equals("$remote_addr"))
                            .findFirst()
                            .orElse(null);
            String path = told == null ? null : site.path(each);
            if (path != null) {
                return site.ask(each.server(), path)
                        .with(name, "203.0.113.66")
                        .sees(
                                Where.TO_UPSTREAM,
                                told.arg(0),
                                "^203\\.0\\.113\\.66$",
                                "the app is told the address that you made up");
            }
        }
        return null;
    }
}
