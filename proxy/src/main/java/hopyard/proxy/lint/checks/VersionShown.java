package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** The version, shown to those who look for old ones. */
final class VersionShown extends Check {

    VersionShown() {
        super("version-shown", Severity.HINT, docs("core", "server_tokens"), """
                The Server header and the error pages name the version: a list of what is known to be wrong with it
                is one search away.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            Directive d = level.first("server_tokens");
            if (d != null && !d.arg(0).equals("off")) {
                Proof proof = level.all()
                        .filter(each -> each.isLocation() && !each.isInternal() && site.path(each) != null)
                        .map(each -> site.ask(each.server(), site.path(each))
                                .sees(Where.HEADER, "Server", "/[0-9]", "there it is"))
                        .findFirst()
                        .orElse(null);
                report.add(d, "every response tells the server's version")
                        .fix("Tell the name only", () -> List.of(site.texts().replace(d, 0, "off")))
                        .proof(proof);
            }
        });
    }
}
