package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Expression;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Kind;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** A dot that is meant literally but stands for any character. */
final class UnescapedDot extends Check {

    UnescapedDot() {
        super("unescaped-dot", Severity.HINT, docs("core", "location"), """
                In a regular expression, "." is any character: ".php$" also takes "/sphp", "/v1.0/" also "/v1x0/". A dot
                itself is written "\\.".
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels()
                .forEach(level -> Expression.of(level).stream()
                        .filter(each -> each.subject().equals("location"))
                        .forEach(each -> {
                            String escaped = escaped(each);
                            Level location = level.children().stream()
                                    .filter(child -> child.location().directive() == each.where())
                                    .findFirst()
                                    .orElseThrow();
                            if (!escaped.equals(each.text()) && !UnanchoredExtension.refuses(location)) {
                                add(site, report, location, each, escaped);
                            }
                        }));
    }

    /** Returns the expression with a backslash before each such dot. */
    private static String escaped(Expression each) {
        RegexTree tree = each.tree();
        if (tree == null) {
            return each.text();
        }
        StringBuilder out = new StringBuilder(each.text());
        List<Part> parts = tree.parts();
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (isMeantAsDot(parts.get(i), each.text())) {
                out.insert(parts.get(i).from(), '\\');
            }
        }
        return out.toString();
    }

    /**
     * Whether a part is a dot without a quantifier, with a word or a choice of words after it and no other dot before
     * it.
     */
    private static boolean isMeantAsDot(Part part, String text) {
        return part.kind() == Kind.ANY
                && part.to() - part.from() == 1
                && text.substring(part.to()).matches("(?s)(\\w|\\((\\?:)?\\w).*")
                && (part.from() == 0 || text.charAt(part.from() - 1) != '.');
    }

    private static void add(Site site, Report report, Level location, Expression each, String escaped) {
        String path = site.path(location);
        boolean isOther = path != null
                && !new Expression(each.where(), each.word(), escaped, each.ignoresCase(), each.subject())
                        .matches(path);
        report.add(each.where(), "\"" + each.text() + "\" takes any character for its dot")
                .fix("Escape it", () -> List.of(each.replace(site.texts(), escaped)))
                .proof(
                        !isOther
                                ? null
                                : site.ask(location.server(), path)
                                        .sees(Where.LOCATION, Ask.literal(each.text()), "this location has taken it"));
    }
}
