package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Expression;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;

/** A server name that is part of others. */
final class UnanchoredServerName extends Check {

    UnanchoredServerName() {
        super(
                "unanchored-server-name",
                Severity.WARNING,
                "https://nginx.org/en/docs/http/server_names.html#regex_names",
                """
                An expression in server_name matches anywhere in the host. Without "^" and "$" the server answers
                for names of strangers that contain what is looked for.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        for (Level server : site.servers()) {
            for (Expression each : Expression.of(server)) {
                RegexTree tree = each.subject().equals("server_name") ? each.tree() : null;
                String name = tree == null ? null : tree.sample();
                // a name without a word in it is meant for all
                if (name == null || !each.matches(name) || !each.text().matches(".*[a-z]{2}.*")) {
                    continue;
                }
                String longer = name + ".evil.example";
                // a name that begins with a dot is meant for all names below
                String wider = name.startsWith(".") || each.text().startsWith("^") ? "" : "evil" + name;
                if (!each.text().endsWith("$") && each.matches(longer)) {
                    add(site, report, server, each, longer.replaceFirst("^\\.", "a."));
                } else if (each.matches(wider)) {
                    add(site, report, server, each, wider);
                }
            }
        }
    }

    private static void add(Site site, Report report, Level server, Expression each, String stranger) {
        boolean begins = each.text().startsWith("^");
        boolean ends = each.text().endsWith("$");
        String path = server.all()
                .filter(level -> level.isLocation() && !level.isInternal())
                .map(site::path)
                .filter(known -> known != null)
                .findFirst()
                .orElse(null);
        String known = site.endpoints(server).stream()
                .map(endpoint -> endpoint.servers().byDefault().name())
                .findFirst()
                .orElse("");
        report.add(each.where(), "\"~" + each.text() + "\" takes " + stranger + " as well")
                .fix(
                        "Compare the whole name",
                        () -> each.text().contains("|") && !each.text().contains("(")
                                ? null
                                : List.of(each.replace(
                                        site.texts(), (begins ? "" : "^(?:.+\\.)?") + each.text() + (ends ? "" : "$"))))
                .proof(
                        path == null || site.isDefault(server) || known.startsWith("~")
                                ? null
                                : site.ask(server, path)
                                        .with("Host", stranger)
                                        .sees(Where.SERVER, "^~", "the server with the expression has answered"));
    }
}
