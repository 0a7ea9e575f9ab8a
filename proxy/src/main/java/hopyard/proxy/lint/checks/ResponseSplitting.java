package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Expression;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Kind;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.lint.Texts;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A decoded path in a head: CWE-113. */
final class ResponseSplitting extends Check {

    ResponseSplitting() {
        super("response-splitting", Severity.ERROR, "https://cwe.mitre.org/data/definitions/113.html", """
                $uri and $document_uri are decoded, and so is what a regular expression captures of a path: %0d%0a
                in the request is a line end in them. In a header or a redirect it ends the line, and what follows
                is a header, or a whole response, of the attacker's choice. (nginx writes it; Hopyard refuses at the
                last moment and says so in the error log.)
                """);
    }

    private static final Set<String> DECODED = Set.of("uri", "document_uri");

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("return", "rewrite", "add_header", "proxy_set_header", "proxy_pass")) {
                int argument = written(d);
                if (argument >= 0) {
                    look(site, report, level, d, argument);
                }
            }
        });
    }

    /** Returns the index of the argument that is written into a head; -1 if none is. */
    private static int written(Directive d) {
        return switch (d.name()) {
            case "return" ->
                d.args().size() == 1 && d.arg(0).contains("$")
                        ? 0
                        : d.arg(0).matches("30[12378]") && d.args().size() == 2 ? 1 : -1;
            case "rewrite" ->
                d.arg(1).matches("(https?://|\\$scheme).*")
                                || d.args().size() == 3 && d.arg(2).matches("redirect|permanent")
                        ? 1
                        : -1;
            case "proxy_pass" -> d.arg(0).contains("$") ? 0 : -1;
            default -> 1;
        };
    }

    private void look(Site site, Report report, Level level, Directive d, int argument) {
        for (String text : site.values().expand(d.arg(argument))) {
            for (String name : PossibleValues.variables(text)) {
                Expression of =
                        site.values().isCapture(name) && !d.name().equals("rewrite") ? captured(level, name) : null;
                if (DECODED.contains(name) || of != null) {
                    add(site, report, level, d, argument, name, of);
                    return;
                }
            }
        }
    }

    /** Returns the expression of a path whose group may hold a line end; {@code null} if there is none. */
    private static Expression captured(Level level, String name) {
        for (Level around = level; around != null && around.parent() != null; around = around.parent()) {
            Directive at = around.location().directive();
            for (Expression each : Expression.of(around.parent())) {
                if (each.where() == at) {
                    RegexTree tree = each.takesPath() ? each.tree() : null;
                    Part group = tree == null ? null : tree.group(name);
                    return group != null && group.mayHold('\n') ? each : null;
                }
            }
        }
        return null;
    }

    private static void add(
            Site site, Report report, Level level, Directive d, int argument, String name, Expression of) {
        String value = d.arg(argument);
        boolean isHere = PossibleValues.variables(value).contains(name);
        report.add(
                        d,
                        "$" + name + " is decoded, so a client can put a line end and headers of its own into what "
                                + d.name() + " writes")
                .fix(
                        of == null ? "Use $request_uri, which stays encoded" : "Capture no line ends",
                        () -> of != null
                                ? strict(site.texts(), of, of.tree().group(name))
                                : isHere ? List.of(site.texts().replace(d, argument, encoded(value, name))) : null)
                .proof(proof(site, level, d, name, of));
    }

    /** Returns the value with the path as the client wrote it, which includes the query. */
    private static String encoded(String value, String name) {
        return PossibleValues.replace(value, name, "$request_uri")
                .replaceAll("\\$request_uri(\\$is_args|\\?)?\\$(args|query_string)", "\\$request_uri");
    }

    /**
     * Returns edits that make negated classes of a group refuse line ends; {@code null} if something else in the group
     * accepts them.
     */
    private static List<Edit> strict(Texts texts, Expression of, Part group) {
        String inside = of.text().substring(group.from(), group.to());
        String strict =
                inside.replace("[^", "[^\\s").replace("\\W", "[^\\w\\s]").replace("\\D", "[^\\d\\s]");
        String text = of.text().substring(0, group.from()) + strict + of.text().substring(group.to());
        RegexTree tree = RegexTree.parse(text);
        return tree == null || inside.contains("\\s") ? null : List.of(of.replace(texts, text));
    }

    private static Proof proof(Site site, Level level, Directive d, String name, Expression of) {
        String split = "\r\nX-Lint: yes";
        String path = null;
        if (d.name().equals("proxy_pass")) {
            // Hopyard encodes the path again
            return null;
        }
        if (of == null) {
            Level at = level.isLocation() || level.context() == Context.SERVER ? level : null;
            String known = at == null ? null : at == level.server() ? "/" : site.path(at);
            path = known == null ? null : known + split;
        } else if (of.subject().equals("location")) {
            RegexTree tree = of.tree();
            List<Part> inside = tree.parts().stream()
                    .filter(each -> each.from() >= tree.group(name).from()
                            && each.to() <= tree.group(name).to()
                            && each.kind() == Kind.CHARACTERS
                            && each.max() > 1
                            && each.mayHold('\n'))
                    .toList();
            path = inside.isEmpty() ? null : tree.sample(Map.of(inside.get(0), split));
            path = path == null || !path.startsWith("/") || !of.matches(path) ? null : path;
        }
        boolean isKnown = path != null && (of != null || level == level.server() || site.leadsTo(level, path));
        return !isKnown
                ? null
                : site.ask(level.server(), path)
                        .sees(
                                Where.ERROR_LOG,
                                "control character",
                                "the error log says that a control character was kept out of a head; nginx would have written"
                                        + " the line end, and \"X-Lint: yes\" as a header");
    }
}
