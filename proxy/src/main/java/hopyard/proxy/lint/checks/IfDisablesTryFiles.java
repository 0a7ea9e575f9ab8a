package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An {@code if} that makes {@code try_files} do nothing. */
final class IfDisablesTryFiles extends Check {

    IfDisablesTryFiles() {
        super(
                "if-disables-try-files",
                Severity.WARNING,
                "https://www.nginx.com/resources/wiki/start/topics/depth/ifisevil/",
                """
                When the condition of an "if" holds, the "if" takes the place of its location, and try_files is not
                inherited: the fall-back is gone, and what is no file is 404 ("If is evil", nginx wiki).
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.locations().forEach(level -> {
            Directive files = level.first("try_files");
            if (files == null) {
                return;
            }
            level.children().stream()
                    .filter(child -> child.context() == Context.LOCATION_IF
                            && child.own("return", "rewrite").isEmpty()
                            && child.pass() == null)
                    .forEach(child -> report.add(
                                    child.location().directive(),
                                    "where this holds, try_files of " + level.title() + " does nothing")
                            .fix("Try the files in a location of their own", () -> edits(site, level, files))
                            .proof(proof(site, level, child.location().directive())));
        });
    }

    /** Returns edits for a level where nothing else stands: the condition, once more, in a place where it works. */
    private static List<Edit> edits(Site site, Level level, Directive files) {
        String fallback = files.arg(files.args().size() - 1);
        if (level.children().stream().anyMatch(child -> child.context() != Context.LOCATION_IF)
                || level.children().size() > 1
                || !fallback.matches("@.*|=[0-9]+|/[^$]*")
                || !level.children().get(0).scope().directives().stream()
                        .allMatch(d -> d.name().equals("set"))) {
            return null;
        }
        // a server's own "if" comes before any location is chosen, and takes nobody's place
        Directive condition = level.children().get(0).location().directive();
        return level.parent() != level.server()
                ? null
                : List.of(
                        site.texts().delete(condition),
                        site.texts()
                                .before(
                                        level.location().directive(),
                                        site.texts().of(condition)));
    }

    private static Proof proof(Site site, Level level, Directive condition) {
        Matcher argument = Pattern.compile("\\(\\$arg_(\\w+)\\)").matcher(String.join(" ", condition.args()));
        Directive files = level.first("try_files");
        String path = site.path(level);
        boolean isTold = argument.matches()
                && path != null
                && files.arg(files.args().size() - 1).startsWith("@");
        return !isTold
                ? null
                : site.target(level.server(), Ask.encoded(path) + "?" + argument.group(1) + "=1")
                        .sees(
                                Where.STATUS,
                                "^404",
                                "404, where without the condition the fall-back would have answered");
    }
}
