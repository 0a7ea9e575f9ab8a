package hopyard.proxy.lint;

import hopyard.proxy.running.ConfigurationLoader.Inspected;
import hopyard.proxy.server.Regex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the checks have found in a configuration, in the order of the files.
 *
 * @param more how many there are that are not listed, because there are so many of their kind
 * @param texts of the files that were looked at
 */
public record Lint(List<Finding> findings, int more, Texts texts) {

    /** The time for trying all expressions of a configuration; ordinary ones take milliseconds. */
    private static final Duration TIME = Duration.ofSeconds(5);

    /** Looks at a configuration with every check. */
    public static Lint of(Inspected inspected, List<Check> checks) {
        Site site = new Site(inspected);
        List<Finding> findings = new ArrayList<>();
        int more = 0;
        List<Report> reports = checks.stream()
                .map(check -> new Report(check.rule(), site.texts()))
                .toList();
        Regex.within(TIME, () -> {
            for (int i = 0; i < reports.size(); i++) {
                checks.get(i).look(site, reports.get(i));
            }
        });
        for (Report report : reports) {
            findings.addAll(report.findings());
            more += report.more();
        }
        List<String> files = List.copyOf(inspected.configuration().sources().keySet());
        findings.sort(Comparator.comparingInt(
                        (Finding each) -> files.indexOf(each.at().file()))
                .thenComparingInt(each -> each.at().at())
                .thenComparing(each -> each.rule().severity()));
        return new Lint(List.copyOf(findings), more, site.texts());
    }

    /** Returns how many findings have a severity. */
    public long count(Severity severity) {
        return findings.stream()
                .filter(each -> each.rule().severity() == severity)
                .count();
    }

    /** Whether a finding is more than a hint. */
    public boolean isSerious() {
        return count(Severity.ERROR) + count(Severity.WARNING) > 0;
    }
}
