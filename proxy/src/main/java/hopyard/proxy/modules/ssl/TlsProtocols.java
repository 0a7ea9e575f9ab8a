package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import java.util.ArrayList;
import java.util.List;

/** Reads the versions of TLS. Versions that Java no longer speaks are left out and not refused: old files name them. */
final class TlsProtocols implements ValueReader<List<String>> {

    static final List<String> DEFAULT = List.of("TLSv1.2", "TLSv1.3");

    /** The oldest first. */
    static final List<String> KNOWN = List.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    @Override
    public List<String> read(Scope scope, Directive d, List<String> former) throws ConfException {
        List<String> names = new ArrayList<>();
        for (String name : d.args()) {
            String known = known(name);
            if (known == null) {
                throw d.error("invalid value \"" + name + "\"");
            }
            if (names.contains(known)) {
                Build.of(scope).warn("duplicate value \"" + name + "\" in " + d.place());
            } else {
                names.add(known);
            }
        }
        return names;
    }

    /** Returns the name of a version, which may be given in any case; {@code null} if there is none. */
    static String known(String name) {
        return KNOWN.stream().filter(name::equalsIgnoreCase).findFirst().orElse(null);
    }
}
