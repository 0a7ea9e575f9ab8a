package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import java.util.List;
import java.util.Set;

/** Reads the versions of TLS. Versions that Java no longer speaks are left out and not refused: old files name them. */
final class TlsProtocols implements ValueReader<List<String>> {

    private static final Set<String> KNOWN = Set.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    @Override
    public List<String> read(Scope scope, Directive d, List<String> former) throws ConfException {
        for (String name : d.args()) {
            if (!KNOWN.contains(name)) {
                throw d.error("invalid value \"" + name + "\"");
            }
        }
        return d.args().stream().filter(name -> !name.equals("SSLv2")).toList();
    }
}
