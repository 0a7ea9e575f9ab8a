package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import hopyard.proxy.server.Location;
import java.util.List;

/** A script whose source is sent as a file. */
final class ScriptSource extends Check {

    ScriptSource() {
        super("script-source-sent", Severity.ERROR, docs("core", "try_files"), """
                try_files ends at a script, and no location hands such files to a program: the server sends it as it
                is, with the passwords in it. It happens when the line is copied and the location for the scripts is
                not, or goes elsewhere in the meantime.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.locations().forEach(level -> {
            Directive d = level.first("try_files");
            String last = d == null ? "" : d.arg(d.args().size() - 1).replaceFirst("\\?.*", "");
            if (!last.matches("/[^$]*\\.(php[0-9]?|phtml|py|pl|cgi|rb|jsp|aspx?)")) {
                return;
            }
            Location found = site.locate(level.server(), last);
            Level where = level.server()
                    .all()
                    .filter(each -> each.location() == found)
                    .findFirst()
                    .orElse(null);
            if (where == null
                    || Merged.proxyPass(where.scope()) != null
                    || !where.own("fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "return", "deny")
                            .isEmpty()) {
                return;
            }
            String path = level.location().kind() == Location.Kind.PREFIX ? site.path(level) : null;
            report.add(d, "\"" + last + "\" is sent as a file, because no location passes it to a program")
                    .fix(
                            "Answer 404 instead",
                            () -> List.of(site.texts().replace(d, d.args().size() - 1, "=404")))
                    .proof(
                            path == null
                                    ? null
                                    : site.ask(level.server(), path)
                                            .sees(Where.BODY, "<\\?php|#!|import |<%", "that is the source"));
        });
    }
}
