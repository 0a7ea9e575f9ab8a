package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Lines of the level around, each with the name of a field, that do not count where a level has lines of its own.
 *
 * @param own the level's own lines
 * @param lost those of the level around whose fields it does not set itself
 */
record LostLines(List<Directive> own, List<Directive> lost) {

    static LostLines of(List<Directive> own, List<Directive> outer) {
        return new LostLines(
                own,
                outer.stream()
                        .filter(line -> own.stream().noneMatch(d -> d.arg(0).equalsIgnoreCase(line.arg(0))))
                        .toList());
    }

    boolean areThere() {
        return !own.isEmpty() && !lost.isEmpty();
    }

    /** Reports them, with the names of their fields behind what is said. */
    Report.Draft report(Site site, Report report, String said) {
        String names = lost.stream().map(d -> d.arg(0)).distinct().collect(Collectors.joining(", "));
        return report.add(own.get(0), said + names)
                .fix(
                        "Repeat the outer lines here",
                        () -> List.of(site.texts()
                                .before(
                                        own.get(0),
                                        lost.stream().map(site.texts()::of).collect(Collectors.joining("\n")))));
    }
}
