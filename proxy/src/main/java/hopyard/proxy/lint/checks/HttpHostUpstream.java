package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import java.net.InetSocketAddress;
import java.util.List;

/** A Host that did not choose the server. */
final class HttpHostUpstream extends Check {

    HttpHostUpstream() {
        super("http-host-upstream", Severity.WARNING, docs("core", "var_http_host"), """
                A request line may name the host by itself ("GET http://a/ HTTP/1.1"), and then it is that name
                which chooses the server, and $host, while $http_host is still what the Host line says. So a client
                gets to one server's app with any name, past the server that refuses strangers. $host is the name
                that was checked.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().filter(level -> site.hasNeighbours(level.server())).forEach(level -> {
            Directive d = level.setHeader("Host");
            if (d == null || !d.arg(1).equals("$http_host")) {
                return;
            }
            boolean usesUsualPort = site.endpoints(level.server()).stream()
                    .allMatch(each -> each.address() instanceof InetSocketAddress inet
                            && (inet.getPort() == 80 || inet.getPort() == 443));
            report.add(d, "the app is told a Host that may be another one than the one that chose this server")
                    .fix(
                            "Tell it the host that chose the server",
                            () -> List.of(site.texts().replace(d, 1, usesUsualPort ? "$host" : "$host:$server_port")));
        });
    }
}
