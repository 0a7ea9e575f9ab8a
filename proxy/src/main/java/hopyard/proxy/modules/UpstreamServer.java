package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.server.MainSettings;
import hopyard.proxy.upstream.PeerSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code server} line of an {@code upstream} block.
 *
 * @param resolves whether its name is looked up again when the answer has expired
 */
record UpstreamServer(Directive directive, PeerSettings.Options options, boolean resolves) {

    /** The longest route, in characters, as in nginx. */
    private static final int MAX_ROUTE = 32;

    static final class Reader implements ValueReader.Repeated<List<UpstreamServer>> {
        @Override
        public List<UpstreamServer> read(Scope scope, Directive d, List<UpstreamServer> former) throws ConfException {
            List<UpstreamServer> servers = former == null ? new ArrayList<>() : former;
            PeerSettings.Options o = PeerSettings.Options.DEFAULT;
            int weight = o.weight();
            int maxConns = o.maxConns();
            int maxFails = o.maxFails();
            long failTimeout = o.failTimeoutMillis();
            boolean backup = false;
            boolean down = false;
            boolean resolves = false;
            boolean draining = false;
            String route = "";
            for (String parameter : d.args().subList(1, d.args().size())) {
                String value = parameter.substring(parameter.indexOf('=') + 1);
                boolean ok = true;
                if (parameter.startsWith("weight=")) {
                    weight = Values.parseNumber(value);
                    ok = weight > 0;
                } else if (parameter.startsWith("max_conns=")) {
                    maxConns = Values.parseNumber(value);
                    ok = maxConns >= 0;
                } else if (parameter.startsWith("max_fails=")) {
                    maxFails = Values.parseNumber(value);
                    ok = maxFails >= 0;
                } else if (parameter.startsWith("fail_timeout=")) {
                    failTimeout = Values.parseSeconds(value) * 1000;
                    ok = failTimeout >= 0;
                } else if (parameter.equals("backup")) {
                    backup = true;
                } else if (parameter.equals("down")) {
                    down = true;
                } else if (parameter.equals("drain")) {
                    draining = true;
                } else if (parameter.startsWith("route=")) {
                    route = value;
                    ok = !route.isEmpty() && route.length() <= MAX_ROUTE;
                } else if (parameter.equals("resolve")) {
                    // hop_connect gives a fixed address
                    resolves = !MainSettings.of(scope).connectInstead().containsKey(d.arg(0));
                } else {
                    ok = false;
                }
                if (!ok) {
                    throw d.error("invalid parameter \"" + parameter + "\"");
                }
            }
            PeerSettings.Options options = new PeerSettings.Options(
                    weight, maxConns, maxFails, failTimeout, backup, down, false, route, draining);
            if (!resolves) {
                // looked up here, so that a mistake names this line
                UpstreamAddress.all(scope, d, d.arg(0), 80);
            }
            servers.add(new UpstreamServer(d, options, resolves));
            return servers;
        }
    }
}
