package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Expression;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Kind;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.server.Regex;
import java.util.List;

/** An expression that may take extremely long to match: CWE-1333. */
final class RegexBacktracking extends Check {

    RegexBacktracking() {
        super("regex-backtracking", Severity.WARNING, "https://cwe.mitre.org/data/definitions/1333.html", """
                A repeated group whose content can match the same text in several ways is tried in all combinations
                before it fails: each further character doubles the time. One short request keeps a worker busy until
                PCRE gives up at its limit, half a second later, with 500.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Expression each : Expression.of(level)) {
                Part part = ambiguous(each);
                if (part != null) {
                    add(site, report, each, part);
                }
            }
        });
    }

    /**
     * Returns a repeated group that matches two of its own texts in a row also as one; {@code null} if there is none.
     */
    private static Part ambiguous(Expression each) {
        RegexTree tree = each.tree();
        if (tree == null) {
            return null;
        }
        for (Part part : tree.parts()) {
            String pump = part.kind() != Kind.GROUP || part.max() < 10 || part.isFinal() ? null : pump(tree, part);
            if (pump != null && mayFail(each.text().substring(part.to())) && !isAtomic(part)) {
                String content = each.text().substring(part.from(), part.atom());
                try {
                    if (each.compile("^(?:" + content + ")$").find(pump + pump)) {
                        return part;
                    }
                } catch (Regex.LimitReached e) {
                    return part;
                } catch (ConfException e) {
                    // a part that cannot stand alone
                    continue;
                }
            }
        }
        return null;
    }

    /** Returns a text that a group matches once, and that is not empty; {@code null} if none is known. */
    private static String pump(RegexTree tree, Part group) {
        String shortest = tree.sample(group);
        return shortest == null || !shortest.isEmpty()
                ? shortest
                : group.alternatives().stream()
                        .flatMap(List::stream)
                        .filter(part -> part.max() > 0)
                        .map(tree::sample)
                        .filter(text -> text != null && !text.isEmpty())
                        .findFirst()
                        .orElse(null);
    }

    private static boolean isAtomic(Part part) {
        return part.alternatives().size() == 1
                && part.alternatives().get(0).size() == 1
                && part.alternatives().get(0).get(0).isFinal();
    }

    /** Whether what follows a group may not match, so that the group is tried again. */
    private static boolean mayFail(String rest) {
        String bare = rest.replaceFirst("^\\)+", "");
        return !bare.isEmpty() && !bare.startsWith(".*") && !bare.startsWith("?");
    }

    private static void add(Site site, Report report, Expression each, Part part) {
        String content = each.text().substring(part.from(), part.atom());
        String open = content.startsWith("(?:")
                ? "(?:"
                : content.startsWith("(?") ? content.substring(0, content.indexOf('>') + 1) : "(";
        String inner = content.substring(open.length(), content.length() - 1);
        report.add(
                        each.where(),
                        "\"" + each.text() + "\" may be tried in exponentially many ways, by "
                                + each.text().substring(part.from(), part.to()))
                .fix(
                        "Keep what the group has matched",
                        () -> List.of(each.replace(
                                site.texts(),
                                each.text().substring(0, part.from()) + open + "(?>" + inner + "))"
                                        + each.text().substring(part.atom()))));
    }
}
