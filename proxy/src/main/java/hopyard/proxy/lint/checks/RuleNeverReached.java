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

/** A rule behind one that is for all. */
final class RuleNeverReached extends Check {

    RuleNeverReached() {
        super("access-rule-never-reached", Severity.WARNING, docs("access", "deny"), """
                Rules are tried in order until one matches, and "all" matches everybody. What stands below is never
                read: an "allow" there lets nobody in, a "deny" keeps nobody out.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            List<Directive> rules = level.own("allow", "deny");
            int all = -1;
            for (int i = 0; i < rules.size() && all < 0; i++) {
                all = rules.get(i).arg(0).equals("all") ? i : -1;
            }
            if (all < 0 || all == rules.size() - 1) {
                return;
            }
            Directive first = rules.get(all);
            Directive last = rules.get(rules.size() - 1);
            Directive dead = rules.get(all + 1);
            report.add(
                            dead,
                            dead.name() + " " + dead.arg(0) + " is never reached, because \"" + first.name()
                                    + " all\" stands above it")
                    .fix(
                            "Move \"" + first.name() + " all\" below the others",
                            () -> first.file().equals(last.file())
                                    ? List.of(
                                            site.texts().delete(first),
                                            site.texts()
                                                    .after(last, site.texts().of(first)))
                                    : null)
                    .proof(proof(site, level, first, dead));
        });
    }

    private static Proof proof(Site site, Level level, Directive first, Directive dead) {
        String path =
                level.isLocation() && !level.isInternal() && level.first("return") == null ? site.path(level) : null;
        return path == null
                        || level.core().satisfiesAny
                        || first.name().equals("allow")
                        || dead.name().equals("deny")
                        || !Rules.isAboutThisMachine(dead)
                ? null
                : site.ask(level.server(), path).sees(Where.STATUS, "^403", "you are on the list and are refused");
    }
}
