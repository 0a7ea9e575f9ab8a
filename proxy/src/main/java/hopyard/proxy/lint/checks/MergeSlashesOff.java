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

/** Slashes that slip past a location. */
final class MergeSlashesOff extends Check {

    MergeSlashesOff() {
        super("merge-slashes-off", Severity.WARNING, docs("core", "merge_slashes"), """
                With merge_slashes off, "//admin/" is not "/admin/": the location with the rules does not match,
                another one serves the request, and the app or the file system takes the two slashes for one.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("merge_slashes")) {
                if (d.arg(0).equalsIgnoreCase("off")) {
                    report.add(d, "a path with two slashes matches no location that is written with one")
                            .fix("Leave it on", () -> List.of(site.texts().replace(d, 0, "on")))
                            .proof(proof(site, level));
                }
            }
        });
    }

    private static Proof proof(Site site, Level level) {
        for (Level location : (Iterable<Level>) level.all().filter(Level::isLocation)::iterator) {
            String path = location.parent() == location.server() && isShut(location) ? site.path(location) : null;
            if (path != null && !site.leadsTo(location, "/" + path)) {
                return site.ask(location.server(), "/" + path)
                        .sees(Where.STATUS, "^(?!403)", "\"" + path + "\" is refused, with one slash more it is not");
            }
        }
        return null;
    }

    private static boolean isShut(Level location) {
        return !Merged.accessRules(location.scope()).isEmpty()
                && Merged.accessRules(location.scope()).stream()
                        .filter(Rules::isAboutThisMachine)
                        .findFirst()
                        .map(d -> d.name().equals("deny"))
                        .orElse(false);
    }
}
