package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.server.SharedZone;

/**
 * Where a server keeps sessions: {@code ssl_session_cache}.
 *
 * @param sessions how many; 0 for none
 * @param zone the zone, which servers with the same certificates share; {@code null} for none
 */
record SessionCache(int sessions, SharedZone<SessionZone> zone) {

    static final SessionCache NONE = new SessionCache(0, null);

    /** OpenSSL's number of sessions, which Java has, too; more would take too much of the heap. */
    static final int MAX_SESSIONS = 20 << 10;

    /** How much a session takes of nginx's zone, in bytes: 4000 fit in a megabyte. */
    private static final int SESSION = 256;

    /**
     * Reads {@code off}, {@code none}, {@code builtin[:NUMBER]} and {@code shared:NAME:SIZE}, of which two may stand.
     */
    static final class Reader implements ValueReader.Repeated<SessionCache> {

        @Override
        public SessionCache read(Scope scope, Directive d, SessionCache former) throws ConfException {
            SessionCache cache = former == null ? NONE : former;
            for (String each : d.args()) {
                SessionCache its = one(each, scope, d);
                cache = its == NONE
                        ? cache
                        : new SessionCache(
                                Math.max(cache.sessions, its.sessions), its.zone == null ? cache.zone : its.zone);
            }
            return cache;
        }

        private static SessionCache one(String text, Scope scope, Directive d) throws ConfException {
            if (text.equals("off") || text.equals("none")) {
                return NONE;
            }
            if (text.equals("builtin")) {
                return new SessionCache(MAX_SESSIONS, null);
            }
            if (text.startsWith("builtin:") && Values.parseNumber(text.substring(8)) >= 0) {
                return new SessionCache(
                        Math.max(1, Math.min(Values.parseNumber(text.substring(8)), MAX_SESSIONS)), null);
            }
            SharedName name = SharedName.parse(text, "session cache", d);
            return new SessionCache(
                    (int) Math.min(name.size() / SESSION, MAX_SESSIONS), zone(name.name(), name.size(), scope, d));
        }
    }

    /** Returns the zone of that name, and defines it if no other directive has. */
    static SharedZone<SessionZone> zone(String name, long size, Scope scope, Directive d) throws ConfException {
        SharedZone<SessionZone> zone = Build.of(scope).zones().declare(name, SessionZone.class, size, d);
        if (zone.data() == null) {
            zone.data(new SessionZone());
        }
        return zone;
    }
}
