package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Expression;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.regex.Pattern;

/** A file extension that an expression looks for anywhere in the path. */
final class UnanchoredExtension extends Check {

    UnanchoredExtension() {
        super("unanchored-extension", Severity.HINT, docs("core", "location"), """
                Without "$" an expression for an extension also takes "/x.php.jpg", "/x.phps" and
                "/x.php/upload.jpg". What is meant for scripts then gets names that somebody else may choose.
                """);
    }

    private static final Pattern EXTENSION = Pattern.compile("(?<![/\\\\])\\\\?\\.(\\w+|\\((\\?:)?[\\w|]+\\))$");

    @Override
    public void look(Site site, Report report) {
        site.levels()
                .forEach(level -> Expression.of(level).stream()
                        .filter(each -> each.subject().equals("location"))
                        .filter(each -> EXTENSION.matcher(each.text()).find())
                        .forEach(each -> {
                            Level location = level.children().stream()
                                    .filter(child -> child.location().directive() == each.where())
                                    .findFirst()
                                    .orElseThrow();
                            // it does no harm if a rule that refuses refuses more
                            if (!refuses(location)) {
                                add(site, report, location, each);
                            }
                        }));
    }

    /** Whether a location is there to refuse requests. */
    static boolean refuses(Level location) {
        return !location.own("deny").isEmpty()
                || location.own("return").stream().anyMatch(d -> d.arg(0).startsWith("4"));
    }

    private static void add(Site site, Report report, Level location, Expression each) {
        String path = site.path(location);
        boolean isLed = path != null && site.leadsTo(location, path + ".lint");
        report.add(each.where(), "\"" + each.text() + "\" takes more than names that end so")
                .fix("Look at the end of the path", () -> List.of(each.replace(site.texts(), each.text() + "$")))
                .proof(
                        !isLed
                                ? null
                                : site.ask(location.server(), path + ".lint")
                                        .sees(Where.LOCATION, Ask.literal(each.text()), "this location has taken it"));
    }
}
