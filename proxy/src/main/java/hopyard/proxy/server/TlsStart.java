package hopyard.proxy.server;

import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.BoringSsl;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What is to be done when a configuration that speaks TLS is put to work: BoringSSL is loaded, and the log is told
 * which servers do without it. A configuration without TLS does not load it.
 */
public final class TlsStart {

    private static final Slots.Key<TlsStart> KEY = new Slots.Key<>();

    private final Set<String> notes = new LinkedHashSet<>();
    private boolean wantsBoring;

    /** Returns that of the configuration that is being compiled. */
    public static TlsStart of(Slots slots) {
        if (slots.get(KEY) == null) {
            slots.put(KEY, new TlsStart());
        }
        return slots.get(KEY);
    }

    /**
     * Adds a server.
     *
     * @param name what it is called; empty if it has no name
     * @param whyJava why it takes Java's engine; {@code null} if it takes BoringSSL's
     */
    public void add(String name, String whyJava) {
        wantsBoring |= whyJava == null;
        if (whyJava != null) {
            notes.add("Java speaks TLS for server \"" + name + "\" rather than BoringSSL: " + whyJava);
        }
    }

    /** Does it, if the configuration listens for TLS anywhere. */
    public static void begin(Configuration configuration) {
        TlsStart its = configuration.slots().get(KEY);
        if (its == null || configuration.endpoints().stream().allMatch(each -> each.tls() == null)) {
            return;
        }
        ErrorLog log = configuration.log();
        its.notes.forEach(each -> log.write(ErrorLog.Level.NOTICE, each));
        if (its.wantsBoring) {
            BoringSsl.prepare(why -> log.write(
                    ErrorLog.Level.NOTICE, "Java speaks TLS rather than BoringSSL, which cannot be loaded: " + why));
        }
    }
}
