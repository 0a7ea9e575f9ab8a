package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.util.List;
import java.util.stream.Collectors;

/** A server that answers for names that are not its own. */
final class ImplicitDefaultServer extends Check {

    ImplicitDefaultServer() {
        super(
                "implicit-default-server",
                Severity.WARNING,
                "https://nginx.org/en/docs/http/request_processing.html",
                """
                Where no server is the default_server, the first one is: it answers for every name that somebody has
                pointed here, whatever its own server_name says. Host then is what the client likes, in redirects,
                in caches, in the links of a password reset.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        for (Level server : site.servers()) {
            List<Directive> listens = server.own("listen");
            if (site.isDefault(server)
                    && !Site.names(server).isEmpty()
                    && !listens.isEmpty()
                    && listens.stream().noneMatch(d -> d.args().contains("default_server"))
                    && usesHost(server)) {
                add(site, report, server, listens);
            }
        }
    }

    private static void add(Site site, Report report, Level server, List<Directive> listens) {
        Directive name = server.first("server_name");
        String path = server.all()
                .filter(each -> each.isLocation() && !each.isInternal())
                .map(site::path)
                .filter(each -> each != null)
                .findFirst()
                .orElse("/");
        boolean isPlain = !site.speaksTls(server) || site.endpoints(server).size() > 1;
        report.add(
                        name,
                        "this server answers for any host, not only for " + String.join(" and ", name.args())
                                + ", because no other one is the default")
                .fix(
                        "Have another server refuse other names",
                        () -> List.of(
                                site.texts().before(server.location().directive(), refusing(site, server, listens))))
                .proof(
                        isPlain
                                ? site.ask(server, path)
                                        .with("Host", "lint.invalid")
                                        .sees(
                                                Where.STATUS,
                                                "^[1-5]",
                                                "lint.invalid is none of the names, and is answered")
                                : null);
    }

    /** Whether the host that a client names matters: an app gets it, or a redirect repeats it. */
    private static boolean usesHost(Level server) {
        return server.all()
                .anyMatch(level -> level.own("return", "rewrite").stream()
                                .anyMatch(d -> d.args().stream().anyMatch(ImplicitDefaultServer::namesHost))
                        || level.isLocation()
                                && level.pass() != null
                                && level.setHeader("Host") != null
                                && namesHost(level.setHeader("Host").arg(1)));
    }

    private static boolean namesHost(String text) {
        return text.contains("$host") || text.contains("$http_host");
    }

    private static String refusing(Site site, Level server, List<Directive> listens) {
        String addresses = listens.stream()
                .map(d -> "listen " + site.texts().argument(d, 0) + " "
                        + d.args().stream()
                                .skip(1)
                                .filter(word -> word.matches("ssl|http2|proxy_protocol"))
                                .map(word -> word + " ")
                                .collect(Collectors.joining())
                        + "default_server;")
                .collect(Collectors.joining(" "));
        String certificate = server.own("ssl_certificate", "ssl_certificate_key").stream()
                .map(d -> site.texts().of(d) + " ")
                .collect(Collectors.joining());
        return "server { " + addresses + " server_name _; " + certificate + "return 444; }";
    }
}
