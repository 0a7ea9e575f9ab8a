package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Edit;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Site;
import java.util.ArrayList;
import java.util.List;

/** The {@code map} that sends an app "upgrade" only if the client has sent it. */
final class ConnectionMap {

    private ConnectionMap() {}

    /**
     * Edits that have a location send such a Connection field.
     *
     * @param connection the line that it sends now; {@code null} if there is none
     */
    static List<Edit> edits(Site site, Level level, Directive connection) {
        List<Edit> edits = new ArrayList<>();
        Directive known = site.blocks("map").stream()
                .filter(map -> map.arg(0).equals("$http_upgrade")
                        && map.block().directives().stream()
                                .anyMatch(line -> line.args().contains("upgrade")))
                .findFirst()
                .orElse(null);
        String name = known == null ? "$connection_upgrade" : known.arg(1);
        if (known == null) {
            edits.add(site.texts()
                    .before(
                            level.server().location().directive(),
                            "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }"));
        }
        edits.add(
                connection == null
                        ? level.addHeaderLines(site.texts(), "proxy_set_header Connection " + name + ";")
                        : site.texts().replace(connection, 1, name));
        return edits;
    }
}
