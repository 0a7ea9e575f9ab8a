package hopyard.proxy.lint;

import hopyard.proxy.http.ConfigurationLoader.Inspected;
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

    /** Looks at a configuration with every check. */
    public static Lint of(Inspected inspected, List<Check> checks) {
        Site site = new Site(inspected);
        List<Finding> findings = new ArrayList<>();
        int more = 0;
        for (Check check : checks) {
            Report report = new Report(check, site.texts());
            check.look(site, report);
            findings.addAll(report.findings());
            more += report.more();
        }
        List<String> files = List.copyOf(inspected.configuration().sources().keySet());
        findings.sort(Comparator.comparingInt(
                        (Finding each) -> files.indexOf(each.at().file()))
                .thenComparingInt(each -> each.at().at())
                .thenComparing(each -> each.check().severity()));
        return new Lint(List.copyOf(findings), more, site.texts());
    }

    /** How many findings there are of a severity. */
    public long count(Severity severity) {
        return findings.stream()
                .filter(each -> each.check().severity() == severity)
                .count();
    }

    /** Whether something is worth more than a hint. */
    public boolean isSerious() {
        return count(Severity.ERROR) + count(Severity.WARNING) > 0;
    }
}
