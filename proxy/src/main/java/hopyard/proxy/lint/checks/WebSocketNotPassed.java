package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.server.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A location for WebSockets that passes none on. */
final class WebSocketNotPassed extends Check {

    WebSocketNotPassed() {
        super("websocket-not-passed", Severity.WARNING, "https://nginx.org/en/docs/http/websocket.html", """
                Its name says that WebSockets come here, but Upgrade and Connection are for one connection only (RFC
                9110, section 7.6.1): unless proxy_set_header sends them, the app sees a plain GET and the browser's
                handshake fails.
                """);
    }

    private static final Pattern NAME =
            Pattern.compile("(^|/)(ws|wss|websockets?|socket\\.io|sockjs|cable|live/websocket)(/|$)");

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            if (level.location().kind() == Location.Kind.REGEX
                    || !NAME.matcher(level.location().name()).find()
                    || level.setHeader("Upgrade") != null) {
                return;
            }
            String path = site.path(level);
            report.add(level.pass(), level.title() + " does not pass on what a WebSocket begins with")
                    .fix("Pass it on", () -> edits(site, level))
                    .proof(
                            path == null
                                    ? null
                                    : site.ask(level.server(), path)
                                            .with("Upgrade", "websocket")
                                            .with("Connection", "Upgrade")
                                            .with("Sec-WebSocket-Version", "13")
                                            .with("Sec-WebSocket-Key", "aG9weWFyZC1saW50LTAwMQ==")
                                            .sees(Where.TO_UPSTREAM, "Upgrade", "^$", "the app gets no Upgrade"));
        });
    }

    private static List<Edit> edits(Site site, Level level) {
        List<Edit> edits = new ArrayList<>(ConnectionMap.edits(site, level, level.setHeader("Connection")));
        edits.add(level.addHeaderLines(site.texts(), "proxy_set_header Upgrade $http_upgrade;"));
        Level old = level.nearestWith("proxy_http_version");
        if (old == null) {
            edits.add(site.texts().before(level.pass(), "proxy_http_version 1.1;"));
        } else if (!old.first("proxy_http_version").arg(0).equals("1.1")) {
            edits.add(site.texts().replace(old.first("proxy_http_version"), 0, "1.1"));
        }
        return edits;
    }
}
