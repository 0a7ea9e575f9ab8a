package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.http.Location;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

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
}
