package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.stream.Collectors;

/** A server without a name, whose app believes the client's. */
final class ServerNameMissing extends Check {

    ServerNameMissing() {
        super("server-name-missing", Severity.HINT, docs("core", "server_name"), """
                Without server_name the server answers for every host, and the app is told whatever the client
                wrote. Unless the app has a list of its own (Django's ALLOWED_HOSTS), links, redirects and caches
                take a stranger's name for the site's.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        for (Level server : site.servers()) {
            Level passing = server.all()
                    .filter(level -> level.isLocation() && level.pass() != null)
                    .filter(level -> level.setHeader("Host") != null
                            && level.setHeader("Host").arg(1).matches("\\$(http_)?host.*"))
                    .findFirst()
                    .orElse(null);
            boolean isMeant =
                    server.own("listen").stream().anyMatch(d -> d.args().contains("default_server"));
            if (passing == null || server.first("server_name") != null || isMeant || !site.isDefault(server)) {
                continue;
            }
            String path = site.path(passing);
            report.add(passing.setHeader("Host"), "the app is told whatever host a client makes up")
                    .fix("Name the site, and have another server refuse other names", () -> edits(site, server))
                    .proof(
                            path == null
                                    ? null
                                    : site.ask(server, path)
                                            .with("Host", "lint.invalid")
                                            .sees(
                                                    Where.TO_UPSTREAM,
                                                    "Host",
                                                    "^lint\\.invalid",
                                                    "the app got the Host that you made up"));
        }
    }

    private static List<Edit> edits(Site site, Level server) {
        Directive block = server.location().directive();
        String addresses = server.own("listen").isEmpty()
                ? "listen 80 default_server;"
                : server.own("listen").stream()
                        .map(d -> "listen " + site.texts().argument(d, 0) + " default_server;")
                        .collect(Collectors.joining(" "));
        return site.speaksTls(server)
                ? null
                : List.of(
                        site.texts().before(block, "server { " + addresses + " server_name _; return 444; }"),
                        site.texts().into(block, "server_name example.com;"));
    }
}
