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

/** A rule after another rule that decides about all clients that it names. */
final class RuleNeverReached extends Check {

    RuleNeverReached() {
        super("access-rule-never-reached", Severity.WARNING, docs("access", "deny"), """
                Rules are tried in order until one matches, and "all" matches everybody, a network everybody in it. What
                stands below about the same clients is never read: an "allow" there lets nobody in, a "deny" keeps
                nobody out.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            List<Directive> rules = level.own("allow", "deny");
            for (int i = 0; i < rules.size(); i++) {
                for (int j = i + 1; j < rules.size(); j++) {
                    if (hides(rules.get(i), rules.get(j))) {
                        add(site, report, level, rules, i, j);
                        return;
                    }
                }
            }
        });
    }

    /**
     * Whether a rule hides a later one. Nothing after "all" is read; a rule that says the same about a part of a
     * network does no harm.
     */
    private static boolean hides(Directive rule, Directive below) {
        return Rules.isForAll(rule) || !rule.name().equals(below.name()) && Rules.takes(rule, below);
    }

    private static void add(Site site, Report report, Level level, List<Directive> rules, int at, int deadAt) {
        Directive first = rules.get(at);
        Directive dead = rules.get(deadAt);
        Directive below = Rules.isForAll(first) ? rules.get(rules.size() - 1) : dead;
        String text = first.name() + " " + first.arg(0);
        report.add(
                        dead,
                        dead.name() + " " + dead.arg(0) + " is never reached, because \"" + text + "\" stands above it")
                .fix(
                        "Move \"" + text + "\" below " + (Rules.isForAll(first) ? "the others" : "it"),
                        () -> first.file().equals(below.file())
                                ? List.of(
                                        site.texts().delete(first),
                                        site.texts().after(below, site.texts().of(first)))
                                : null)
                .proof(proof(site, level, rules.subList(0, at), first, dead));
    }

    private static Proof proof(Site site, Level level, List<Directive> above, Directive first, Directive dead) {
        String path =
                level.isLocation() && !level.isInternal() && level.first("return") == null ? site.path(level) : null;
        return path == null
                        || level.core().satisfiesAny()
                        || first.name().equals("allow")
                        || dead.name().equals("deny")
                        || !Rules.isAboutThisMachine(dead)
                        || above.stream().anyMatch(Rules::isAboutThisMachine)
                ? null
                : site.ask(level.server(), path).sees(Where.STATUS, "^403", "you are on the list and are refused");
    }
}
