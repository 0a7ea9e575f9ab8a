package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.stream.Collectors;

/** A {@code return} that answers before access is checked. */
final class ReturnBeforeAccess extends Check {

    ReturnBeforeAccess() {
        super("return-before-access", Severity.WARNING, docs("rewrite", "return"), """
                return is obeyed in the rewrite phase, which comes before the access phase: allow, deny, auth_basic
                and auth_request of the same location are never asked. Everybody gets the answer.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.locations().forEach(level -> {
            Directive answer = level.first("return");
            List<Directive> guards = level.own("allow", "deny", "auth_basic", "auth_request").stream()
                    .filter(d -> !d.arg(0).equals("off"))
                    .toList();
            if (answer == null || guards.isEmpty() || answer.arg(0).matches("[45]..")) {
                return;
            }
            report.add(
                            answer,
                            "return answers before \"" + guards.get(0).name() + "\" is asked, so it keeps nobody out")
                    .fix("Answer in a location of its own, behind the rules", () -> edits(site, level, answer))
                    .proof(proof(site, level));
        });
    }

    private static List<Edit> edits(Site site, Level level, Directive answer) {
        if (level.parent() != level.server()
                || level.first("try_files") != null
                || level.location().kind() == Location.Kind.NAMED) {
            return null;
        }
        String name = "@answer_" + answer.line();
        String type = level.own("default_type", "add_header", "types", "expires").stream()
                .map(d -> site.texts().of(d) + " ")
                .collect(Collectors.joining());
        return List.of(
                site.texts().replaceAll(answer, "/.none " + name),
                site.texts().rename(answer, "try_files"),
                site.texts()
                        .after(
                                level.location().directive(),
                                "location " + name + " { " + type + site.texts().of(answer) + " }"));
    }

    private static Proof proof(Site site, Level level) {
        String path = site.path(level);
        boolean isDenied = Merged.accessRules(level.scope()).stream()
                .filter(Rules::isAboutThisMachine)
                .findFirst()
                .map(d -> d.name().equals("deny"))
                .orElse(false);
        boolean asks = Merged.asksWho(level.scope()) && level.first("auth_basic") != null;
        return path == null || !isDenied && !asks || level.core().satisfiesAny()
                ? null
                : site.ask(level.server(), path)
                        .sees(Where.STATUS, "^[23]", "you are answered, though the rules refuse you");
    }
}
