package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;
import java.util.regex.Pattern;

/** A client's address that is only the client's claim, or begins with it. */
final class ForwardedForFromClient extends Check {

    ForwardedForFromClient() {
        super("forwarded-for-from-client", Severity.HINT, docs("proxy", "var_proxy_add_x_forwarded_for"), """
                $proxy_add_x_forwarded_for appends the client's address to what the client itself has sent, and
                $http_x_forwarded_for is nothing else than that. For the first proxy it is a claim, and apps that take
                the first entry believe it. Behind another proxy it is right, once set_real_ip_from says which.
                """);
    }

    private static final String APPENDED = "proxy_add_x_forwarded_for";

    /** The fields in which an app looks for a client's address. */
    private static final Pattern ADDRESS = Pattern.compile(
            "x-forwarded-for|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip|forwarded",
            Pattern.CASE_INSENSITIVE);

    @Override
    public void look(Site site, Report report) {
        site.passing().filter(level -> !Merged.takesRealIp(level.scope())).forEach(level -> {
            for (Directive d : Merged.setHeaders(level.scope())) {
                String claim = claim(site, d);
                if (claim != null) {
                    add(site, report, level, d, claim);
                }
            }
        });
    }

    /** Returns the variable with the client's claim; {@code null} if there is none. */
    private static String claim(Site site, Directive d) {
        return site.values().expand(d.arg(1)).stream()
                .flatMap(text -> PossibleValues.variables(text).stream())
                .filter(name -> name.equals(APPENDED)
                        || ADDRESS.matcher(d.arg(0)).matches()
                                && ADDRESS.matcher(field(name)).matches())
                .findFirst()
                .orElse(null);
    }

    /** Returns the field that a variable shows; empty if it shows none. */
    private static String field(String variable) {
        return variable.startsWith("http_") ? variable.substring(5).replace('_', '-') : "";
    }

    private static void add(Site site, Report report, Level level, Directive d, String claim) {
        String path = site.path(level);
        boolean isAppended = claim.equals(APPENDED);
        boolean isForwarded = d.arg(0).equalsIgnoreCase("Forwarded");
        String address = isForwarded ? "for=$remote_addr" : "$remote_addr";
        report.add(
                        d,
                        isAppended
                                ? "the app is told what a client claims about others, before its real address"
                                : "the app is told as the client's address what the client itself claims")
                .fix(
                        "Tell the address only",
                        () -> List.of(site.texts()
                                .replace(
                                        d,
                                        1,
                                        PossibleValues.variables(d.arg(1)).contains(APPENDED)
                                                ? PossibleValues.replace(d.arg(1), APPENDED, "$remote_addr")
                                                : address)))
                .proof(
                        path == null
                                ? null
                                : site.ask(level.server(), path)
                                        .with(
                                                isAppended ? "X-Forwarded-For" : field(claim),
                                                isForwarded ? "for=203.0.113.66" : "203.0.113.66")
                                        .sees(
                                                Where.TO_UPSTREAM,
                                                d.arg(0),
                                                "203\\.0\\.113\\.66",
                                                "the app is told the address that you made up"));
    }
}
