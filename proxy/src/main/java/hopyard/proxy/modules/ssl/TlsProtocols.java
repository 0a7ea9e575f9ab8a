package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the versions of TLS. Those that are not spoken any more are left out with a warning, because old files name
 * them, unless nothing is left.
 */
final class TlsProtocols implements ValueReader.Repeated<List<String>> {

    static final List<String> DEFAULT = List.of("TLSv1.2", "TLSv1.3");

    /** All that OpenSSL has, the oldest first. */
    static final List<String> KNOWN = List.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    @Override
    public List<String> read(Scope scope, Directive d, List<String> former) throws ConfException {
        List<String> names = new ArrayList<>(former == null ? List.of() : former);
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
        List<String> spoken = names.stream().filter(DEFAULT::contains).toList();
        if (spoken.isEmpty()) {
            throw d.directiveError("names no version that is spoken: there are TLSv1.2 and TLSv1.3");
        }
        if (spoken.size() < names.size()) {
            names.removeAll(spoken);
            Build.of(scope)
                    .warn("\"" + String.join(" ", names) + "\" in \"" + d.name()
                            + "\" is not spoken any more, ignored in " + d.place());
        }
        return spoken;
    }

    /** Returns the name of a version, which may be given in any case; {@code null} if there is none. */
    static String known(String name) {
        return KNOWN.stream().filter(name::equalsIgnoreCase).findFirst().orElse(null);
    }
}
