package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import hopyard.trace.Addresses;
import java.util.List;

/** A name that nobody looks up. */
final class ResolverMissing extends Check {

    ResolverMissing() {
        super("resolver-missing", Severity.ERROR, docs("core", "resolver"), """
                A proxy_pass with a variable is evaluated for each request. A name in it that is neither an upstream
                block nor an address has to be looked up then, and that is done by the server that "resolver" names,
                not by the system: without one every request ends in 502.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            Directive d = level.first("proxy_pass");
            if (d == null || !d.arg(0).contains("$") || Merged.hasResolver(level.scope())) {
                return;
            }
            String host = site.values().expand(d.arg(0)).stream()
                    .map(url -> PassedHost.of(level, url))
                    .filter(each -> needsLooking(site, each))
                    .findFirst()
                    .orElse(null);
            if (host == null) {
                return;
            }
            String path = level.isLocation()
                            && !PossibleValues.variables(host).stream().anyMatch(site.values()::isFromClient)
                    ? site.path(level)
                    : null;
            report.add(d, "nobody looks up \"" + host + "\" while the proxy runs: there is no resolver")
                    .fix(
                            "Ask Docker's name server; elsewhere, the one of /etc/resolv.conf",
                            () -> List.of(site.texts().before(d, "resolver 127.0.0.11 valid=10s;")))
                    .proof(
                            path == null
                                    ? null
                                    : site.ask(level.server(), path)
                                            .sees(
                                                    Where.ERROR_LOG,
                                                    "no resolver defined",
                                                    "502, and the error log says that no resolver is defined"));
        });
    }

    private static boolean needsLooking(Site site, String host) {
        String name = host.replaceFirst(":[0-9]+$", "");
        return !name.isEmpty()
                && !host.startsWith("unix:")
                // a name that a client writes is a finding of its own
                && !(name.matches("\\$\\{?\\w+}?")
                        && PossibleValues.variables(name).stream().anyMatch(site.values()::isFromClient))
                && site.upstream(host) == null
                && Addresses.literal(name.replaceAll("^\\[|]$", "")) == null
                // a name that only holds an address is a matter of another check
                && !name.matches("\\$(server_addr|remote_addr|realip_remote_addr)");
    }
}
