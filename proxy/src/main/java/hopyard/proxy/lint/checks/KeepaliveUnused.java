package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.ArrayList;
import java.util.List;

/** Idle connections that are kept for nobody. */
final class KeepaliveUnused extends Check {

    KeepaliveUnused() {
        super("keepalive-unused", Severity.WARNING, docs("upstream", "keepalive"), """
                keepalive keeps connections to the app open, but a request goes out as HTTP/1.0 with "Connection:
                close" unless the location says otherwise, and then the app closes after each one. Every request
                pays for a new connection, and under load the ports run out.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            Directive d = level.pass();
            UpstreamGroup group = d.arg(0).contains("$")
                    ? null
                    : site.upstream(d.arg(0).replaceFirst("^https?://", "").replaceFirst("/.*", ""));
            if (group == null || group.keepalive().connections() == 0 || level.setHeader("Upgrade") != null) {
                return;
            }
            Directive connection = level.setHeader("Connection");
            boolean isOld = !"1.1".equals(Merged.httpVersion(level.scope()));
            boolean closes = connection == null || connection.arg(1).equalsIgnoreCase("close");
            if (!isOld && !closes) {
                return;
            }
            String path = site.path(level);
            report.add(
                            d,
                            "upstream \"" + group.name() + "\" keeps connections, and " + level.title()
                                    + " closes each of them")
                    .fix(
                            "Speak HTTP/1.1, and do not say \"close\"",
                            () -> edits(site, level, isOld, closes, connection))
                    .proof(
                            path == null
                                    ? null
                                    : closes
                                            ? site.ask(level.server(), path)
                                                    .sees(
                                                            Where.TO_UPSTREAM,
                                                            "Connection",
                                                            "close",
                                                            "the app is asked to close")
                                            : site.ask(level.server(), path)
                                                    .sees(
                                                            Where.UPSTREAM_LINE,
                                                            "HTTP/1\\.0$",
                                                            "the app is asked in HTTP/1.0"));
        });
    }

    private static List<Edit> edits(Site site, Level level, boolean isOld, boolean closes, Directive connection) {
        List<Edit> edits = new ArrayList<>();
        String lines = "";
        if (closes && connection != null) {
            edits.add(site.texts().replace(connection, 1, ""));
        } else if (closes) {
            lines = "proxy_set_header Connection \"\";";
        }
        Level old = isOld ? level.nearestWith("proxy_http_version") : null;
        if (old != null) {
            edits.add(site.texts().replace(old.first("proxy_http_version"), 0, "1.1"));
        } else if (isOld) {
            edits.add(site.texts().before(level.pass(), "proxy_http_version 1.1;"));
        }
        if (!lines.isEmpty()) {
            edits.add(level.addHeaderLines(site.texts(), lines));
        }
        return edits;
    }
}
