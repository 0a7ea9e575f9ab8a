package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** {@code allow} lines that keep nobody out. */
final class AllowWithoutDeny extends Check {

    AllowWithoutDeny() {
        super("allow-without-deny", Severity.WARNING, docs("access", "allow"), """
                Rules are tried in order until one matches, and whom none matches is let in. A list that ends with
                "allow" lets in everybody: those it names by that line, all others because nothing says no.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            List<Directive> rules = level.own("allow", "deny");
            Directive last = rules.isEmpty() ? null : rules.get(rules.size() - 1);
            // after a line that refuses all clients of the last line, the last line is never read; that is for another
            // check
            if (last == null
                    || last.name().equals("deny")
                    || rules.stream()
                            .anyMatch(each ->
                                    Rules.isForAll(each) || each.name().equals("deny") && Rules.takes(each, last))) {
                return;
            }
            report.add(last, "allow " + last.arg(0) + " keeps nobody out: no \"deny all\" follows")
                    .fix("Deny everybody else", () -> List.of(site.texts().after(last, "deny all;")))
                    .proof(proof(site, level, rules));
        });
    }

    private static Proof proof(Site site, Level level, List<Directive> rules) {
        String path =
                level.isLocation() && !level.isInternal() && level.first("return") == null ? site.path(level) : null;
        return path == null || level.core().satisfiesAny() || rules.stream().anyMatch(Rules::isAboutThisMachine)
                ? null
                : site.ask(level.server(), path)
                        .sees(Where.STATUS, "^(?!403)", "you are not on the list and are answered all the same");
    }
}
