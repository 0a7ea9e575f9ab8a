package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;

/**
 * Where a server keeps sessions: {@code ssl_session_cache}.
 *
 * @param sessions how many; 0 for none
 * @param zone the name of the zone, which servers with the same certificates share; {@code null} for none
 */
record SessionCache(int sessions, String zone) {

    static final SessionCache NONE = new SessionCache(0, null);

    /** OpenSSL's number of sessions, which Java has, too; more would take too much of the heap. */
    static final int MAX_SESSIONS = 20 << 10;

    /** How much a session takes of nginx's zone, in bytes: 4000 fit in a megabyte. */
    private static final int SESSION = 256;

    private static final int MIN_ZONE = 8 * 4096;

    /**
     * Reads {@code off}, {@code none}, {@code builtin[:NUMBER]} and {@code shared:NAME:SIZE}, of which two may stand.
     */
    static final class Reader implements ValueReader<SessionCache> {

        @Override
        public SessionCache read(Scope scope, Directive d, SessionCache former) throws ConfException {
            SessionCache cache = NONE;
            for (String each : d.args()) {
                SessionCache its = one(each, d);
                cache = its == NONE
                        ? cache
                        : new SessionCache(
                                Math.max(cache.sessions, its.sessions), its.zone == null ? cache.zone : its.zone);
            }
            return cache;
        }

        private static SessionCache one(String text, Directive d) throws ConfException {
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
            String[] parts = text.split(":", -1);
            if (!parts[0].equals("shared") || parts.length > 3 || parts.length < 2 || parts[1].isEmpty()) {
                throw d.error("invalid session cache \"" + text + "\"");
            }
            return shared(text, parts, d);
        }

        /** A zone that has its size elsewhere has none here. */
        private static SessionCache shared(String text, String[] parts, Directive d) throws ConfException {
            if (parts.length == 2) {
                throw d.error("invalid session cache \"" + text + "\"");
            }
            long size;
            try {
                size = Values.parseSize(parts[2]);
            } catch (NumberFormatException e) {
                throw d.error("invalid session cache \"" + text + "\"");
            }
            if (size < MIN_ZONE) {
                throw d.error("session cache \"" + text + "\" is too small");
            }
            return new SessionCache((int) Math.min(size / SESSION, MAX_SESSIONS), parts[1]);
        }
    }
}
