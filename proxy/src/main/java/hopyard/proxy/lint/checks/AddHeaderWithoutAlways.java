package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** A security header that error responses lack. */
final class AddHeaderWithoutAlways extends Check {

    AddHeaderWithoutAlways() {
        super("add-header-without-always", Severity.WARNING, docs("headers", "add_header"), """
                Without "always", add_header is obeyed for 200, 201, 204, 206 and redirects only. An error page is a
                page, too: it comes without the security headers, and without the CORS headers a script cannot even
                read which error it was.
                """);
    }

    private static final Set<String> MATTER = Set.of(
            "strict-transport-security",
            "content-security-policy",
            "x-frame-options",
            "x-content-type-options",
            "referrer-policy",
            "permissions-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "access-control-allow-origin");

    @Override
    public void look(Site site, Report report) {
        site.levels().filter(level -> !answersWell(level)).forEach(level -> {
            for (Directive d : level.own("add_header")) {
                if (d.args().size() == 2 && MATTER.contains(d.arg(0).toLowerCase(Locale.ROOT))) {
                    report.add(d, d.arg(0) + " is missing from error responses")
                            .fix("Add \"always\"", () -> List.of(site.texts().append(d, "always")))
                            .proof(proof(site, level, d));
                }
            }
        });
    }

    /** Whether the level only gives one answer of its own, which is not an error. */
    private static boolean answersWell(Level level) {
        Directive answer = level.first("return");
        return answer != null && !answer.arg(0).matches("[45]..");
    }

    private static Proof proof(Site site, Level level, Directive d) {
        return level.all()
                .filter(each -> each.isLocation()
                        && isOfFiles(each)
                        && Merged.addedHeaders(each.scope()).contains(d))
                .flatMap(each -> Stream.ofNullable(site.path(each))
                        .map(path -> site.ask(each.server(), path)
                                .with("If-Match", "\"none\"")
                                .sees(Where.HEADER, d.arg(0), "^$", "the error has no " + d.arg(0))))
                .findFirst()
                .orElse(null);
    }

    /** Whether the level serves files, so that a path without a file is an error. */
    private static boolean isOfFiles(Level level) {
        return !level.isPassedOn()
                && level.location().kind() != Location.Kind.REGEX
                && level.own("return", "try_files", "hop_console", "stub_status", "error_page", "if", "internal")
                        .isEmpty();
    }
}
