package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** A WebSocket that ends when nobody says anything. */
final class WebSocketTimeout extends Check {

    WebSocketTimeout() {
        super("websocket-read-timeout", Severity.HINT, docs("proxy", "proxy_read_timeout"), """
                proxy_read_timeout counts in a tunnel, too: when the app has sent nothing for 60 seconds, the
                connection is closed. A chat where nobody types loses its users each minute, unless the app sends
                pings more often.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            boolean isForIt = level.own("proxy_set_header").stream()
                    .anyMatch(d ->
                            d.arg(0).equalsIgnoreCase("Upgrade") && !d.arg(1).isEmpty());
            long timeout = Merged.forward(level.scope()).readTimeout();
            if (!isForIt || timeout > 60_000) {
                return;
            }
            Level set = level.nearestWith("proxy_read_timeout");
            Directive own = set == level ? level.first("proxy_read_timeout") : null;
            report.add(level.pass(), "a WebSocket on which the app is silent for " + timeout / 1000 + " s is closed")
                    .fix(
                            "Wait for longer here",
                            () -> List.of(
                                    own == null
                                            ? site.texts().before(level.pass(), "proxy_read_timeout 1h;")
                                            : site.texts().replace(own, 0, "1h")));
        });
    }
}
