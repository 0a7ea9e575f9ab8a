package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;

/** An upgrade that nobody asked for. */
final class ConnectionAlwaysUpgrade extends Check {

    ConnectionAlwaysUpgrade() {
        super("connection-always-upgrade", Severity.HINT, "https://nginx.org/en/docs/http/websocket.html", """
                "Connection: upgrade" on every request tells the app that a plain one is a handshake, too. Some
                answer 400, none keeps the connection, and one without an Upgrade field means nothing (RFC 9110,
                section 7.8).
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            Directive d = level.setHeader("Connection");
            if (d == null || !d.arg(1).equalsIgnoreCase("upgrade")) {
                return;
            }
            String path = site.path(level);
            report.add(d, "requests that are no WebSocket say \"Connection: upgrade\", too")
                    .fix("Say it where the client has said it", () -> ConnectionMap.edits(site, level, d))
                    .proof(
                            path == null
                                    ? null
                                    : site.ask(level.server(), path)
                                            .sees(
                                                    Where.TO_UPSTREAM,
                                                    "Connection",
                                                    "[Uu]pgrade",
                                                    "a plain GET says \"Connection: upgrade\" to the app"));
        });
    }
}
