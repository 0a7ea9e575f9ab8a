package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A WebSocket whose handshake gets half way. */
final class UpgradeIncomplete extends Check {

    UpgradeIncomplete() {
        super("upgrade-incomplete", Severity.ERROR, "https://nginx.org/en/docs/http/websocket.html", """
                Upgrade and Connection are for one connection only, so a proxy has to send both itself, and there is
                no upgrade in HTTP/1.0, which proxy_pass speaks unless it is told otherwise. With a part of it
                missing, the app answers the handshake as any other request, and the browser gives up.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            Directive upgrade = level.setHeader("Upgrade");
            Directive connection = level.setHeader("Connection");
            if (upgrade == null || upgrade.arg(1).isEmpty()) {
                return;
            }
            boolean isOld = !"1.1".equals(Merged.httpVersion(level.scope()));
            boolean lacks = connection == null
                    || site.values().expand(connection.arg(1)).stream()
                            .noneMatch(text -> text.contains("$")
                                    || text.toLowerCase(Locale.ROOT).contains("upgrade"));
            if (!isOld && !lacks) {
                return;
            }
            String path = site.path(level);
            String what = isOld ? "goes out as HTTP/1.0" : "has no \"Connection: upgrade\"";
            report.add(upgrade, "the handshake of a WebSocket " + what + ", so no app takes it")
                    .fix("Send all of it", () -> edits(site, level, isOld, lacks, connection))
                    .proof(path == null ? null : proof(site.ask(level.server(), path), isOld));
        });
    }

    private static Proof proof(Ask ask, boolean isOld) {
        ask.with("Upgrade", "websocket")
                .with("Connection", "Upgrade")
                .with("Sec-WebSocket-Version", "13")
                .with("Sec-WebSocket-Key", "aG9weWFyZC1saW50LTAwMQ==");
        return isOld
                ? ask.sees(Where.UPSTREAM_LINE, "HTTP/1\\.0$", "the app is asked in HTTP/1.0")
                : ask.sees(
                        Where.TO_UPSTREAM,
                        "Connection",
                        "^(?!.*[Uu]pgrade)",
                        "the app gets no \"Connection: upgrade\"");
    }

    private static List<Edit> edits(Site site, Level level, boolean isOld, boolean lacks, Directive connection) {
        List<Edit> edits = new ArrayList<>();
        Level old = isOld ? level.nearestWith("proxy_http_version") : null;
        if (old != null) {
            edits.add(site.texts().replace(old.first("proxy_http_version"), 0, "1.1"));
        } else if (isOld) {
            edits.add(site.texts().before(level.pass(), "proxy_http_version 1.1;"));
        }
        if (lacks) {
            edits.addAll(ConnectionMap.edits(site, level, connection));
        }
        return edits;
    }
}
