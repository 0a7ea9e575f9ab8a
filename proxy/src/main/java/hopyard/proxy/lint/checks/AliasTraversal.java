package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.Map;

/** "Off by slash": a way out of an alias. */
final class AliasTraversal extends Check {

    AliasTraversal() {
        super("alias-traversal", Severity.ERROR, docs("core", "alias"), """
                A location "/files" also takes "/files../x", and an alias that ends in a slash makes "…/../x" of it:
                whoever asks reads the files beside the directory. Known as "off by slash" (Orange Tsai, 2018).
                nginx serves them; Hopyard stops there and says so in the error log.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.locations().forEach(level -> {
            if (level.location().kind() == Location.Kind.REGEX && level.first("alias") != null) {
                lookAtGroups(site, report, level);
            }
            Directive alias = level.first("alias");
            Location location = level.location();
            boolean isPrefix = location.kind() == Location.Kind.PREFIX || location.kind() == Location.Kind.PREFIX_FINAL;
            if (alias == null
                    || !isPrefix
                    || location.name().endsWith("/")
                    || !alias.arg(0).endsWith("/")) {
                return;
            }
            String path = location.name() + "../hopyard-lint";
            Directive d = location.directive();
            report.add(
                            d,
                            level.title() + " lacks the final slash that its alias has, so \"" + location.name()
                                    + "../\" leads out of " + alias.arg(0))
                    .fix(
                            "End the location with a slash",
                            () -> List.of(site.texts()
                                    .replace(
                                            d,
                                            d.args().size() - 1,
                                            d.arg(d.args().size() - 1) + "/")))
                    .proof(
                            level.isInternal() || !site.leadsTo(level, path)
                                    ? null
                                    : site.ask(level.server(), path)
                                            .sees(
                                                    Where.ERROR_LOG,
                                                    "unsafe URI",
                                                    "the error log says \"unsafe URI\": the path had come as far as the"
                                                            + " file system"));
        });
    }

    /**
     * Looks at an alias with a regular expression: what it captures may begin with "../" if the path has no slash
     * before it.
     */
    private static void lookAtGroups(Site site, Report report, Level level) {
        Directive alias = level.first("alias");
        Directive d = level.location().directive();
        RegexTree tree = RegexTree.parse(level.location().name());
        for (String name : PossibleValues.variables(alias.arg(0))) {
            Part group = tree == null || !alias.arg(0).contains("/$" + name) ? null : tree.group(name);
            String up = group == null ? null : tree.sample(Map.of(group, "../hopyard-lint"));
            if (up == null || up.contains("/..") || !site.leadsTo(level, up)) {
                continue;
            }
            String text = level.location().name();
            String strict = text.substring(0, group.from()) + "/" + text.substring(group.from());
            String directory = alias.arg(0).substring(0, alias.arg(0).indexOf("/$" + name));
            String same = tree.sample(Map.of(group, "../" + directory.substring(directory.lastIndexOf('/') + 1)));
            report.add(d, "what " + level.title() + " captures may begin with \"../\" and lead out of " + directory)
                    .fix(
                            "Have a slash before it",
                            () -> List.of(site.texts()
                                    .replace(
                                            d,
                                            d.args().size() - 1,
                                            d.arg(d.args().size() - 1).replace(text, strict))))
                    .proof(
                            level.isInternal()
                                    ? null
                                    : site.ask(level.server(), same)
                                            .sees(
                                                    Where.STATUS,
                                                    "^30[12]",
                                                    "\"" + same
                                                            + "\" is the directory itself, by way of the one above it"));
        }
    }
}
