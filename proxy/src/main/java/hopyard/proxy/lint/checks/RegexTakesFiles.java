package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.server.Location;
import java.util.List;

/** An expression that takes requests for files away from the location of their directory. */
final class RegexTakesFiles extends Check {

    RegexTakesFiles() {
        super("regex-takes-static-files", Severity.WARNING, docs("core", "location"), """
                A location by prefix gives way to any expression that matches, however long the prefix is. Files of
                that kind are then looked for in the root of the other location, or asked of the app, and are not
                found.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        for (Level server : site.servers()) {
            List<Level> expressions = server.children().stream()
                    .filter(each -> each.isLocation() && each.location().kind() == Location.Kind.REGEX)
                    .toList();
            if (!expressions.isEmpty()) {
                server.all()
                        .filter(RegexTakesFiles::isOfFiles)
                        .forEach(level -> expressions.stream()
                                .filter(other -> servesOtherwise(level, other))
                                .forEach(other -> look(site, report, level, other)));
            }
        }
    }

    private static boolean isOfFiles(Level level) {
        return level.isLocation()
                && level.location().kind() == Location.Kind.PREFIX
                && level.location().name().length() > 1
                && !level.own("alias", "root").isEmpty()
                && !level.isPassedOn();
    }

    private static boolean servesOtherwise(Level level, Level other) {
        boolean refuses = !other.own("deny", "return", "internal").isEmpty();
        return !refuses
                && (other.pass() != null || other.core().root() != level.core().root());
    }

    private static void look(Site site, Report report, Level level, Level other) {
        RegexTree tree = RegexTree.parse(other.location().name());
        String sample = tree == null || other.location().name().startsWith("^") ? null : tree.sample();
        String path = sample == null
                ? null
                : level.location().name().replaceFirst("/$", "") + "/lint" + sample.replaceFirst("^/", "");
        Directive d = level.location().directive();
        if (path == null || !site.leadsTo(other, path) || d.args().size() > 1) {
            return;
        }
        report.add(d, other.title() + " takes such files away from " + level.title())
                .fix("Forbid expressions here", () -> List.of(site.texts().rename(d, "location ^~")))
                .proof(site.ask(level.server(), path)
                        .sees(Where.LOCATION, "^location ~", "the expression has taken it"));
    }
}
