package hopyard.proxy.modules.ssl;

import hopyard.proxy.server.ZoneData;
import hopyard.proxy.tls.TlsContext;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Contexts of TLS, which keep the sessions with clients, by what they are made of. Those of a zone ({@code
 * ssl_session_cache shared:NAME:SIZE}), and those with a ticket key, outlive a reload.
 */
final class SessionZone implements ZoneData<SessionZone> {

    /** How many are kept for certificates that variables name; others have to be made again. */
    private static final int MAX_CONTEXTS = 1000;

    private volatile Map<Object, TlsContext> contexts = newest();

    private static Map<Object, TlsContext> newest() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, TlsContext> eldest) {
                return size() > MAX_CONTEXTS;
            }
        };
    }

    @Override
    public void takeOver(SessionZone running) {
        contexts = running.contexts;
    }

    /** Returns the contexts, which are used under their own lock. */
    Map<Object, TlsContext> contexts() {
        return contexts;
    }
}
