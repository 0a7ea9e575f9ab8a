package hopyard.backend.django;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The session of a request. It is looked up when somebody wants to know something of it. */
final class Session {

    private static final int KEY_LENGTH = 32;

    private final Sessions sessions;
    private final Supplier<String> cookie;
    private String key;
    private Map<String, String> data;
    private boolean isModified;
    private Long expiry;

    /**
     * @param cookie the key that the client has sent; it may give {@code null}
     */
    Session(Sessions sessions, Supplier<String> cookie) {
        this.sessions = sessions;
        this.cookie = cookie;
    }

    private Map<String, String> data() {
        if (data == null) {
            key = cookie.get();
            data = key == null ? null : sessions.load(key);
            if (data == null) {
                key = null;
                data = new TreeMap<>();
            }
        }
        return data;
    }

    String get(String name) {
        return data().get(name);
    }

    void set(String name, String value) {
        data().put(name, value);
        isModified = true;
    }

    /** Sets for how long it is kept, in s; with 0 the cookie ends with the browser. */
    void expireIn(long seconds) {
        data();
        expiry = seconds;
        isModified = true;
    }

    /** Forgets all of it, and its key. */
    void flush() {
        data().clear();
        if (key != null) {
            sessions.delete(key);
        }
        key = null;
        isModified = true;
    }

    /** Whether anybody has wanted to know something of it. */
    boolean isAccessed() {
        return data != null;
    }

    boolean isModified() {
        return isModified;
    }

    /** Whether there is nothing in it, and no key either. */
    boolean isEmpty() {
        return data == null ? cookie.get() == null : key == null && data.isEmpty();
    }

    /** Returns for how long it is kept, in s, if the view has said so; otherwise {@code null}. */
    Long expiry() {
        return expiry;
    }

    /** Keeps it; returns its key. */
    String save(long seconds) {
        data();
        if (key == null) {
            key = CsrfState.random(KEY_LENGTH).toLowerCase(java.util.Locale.ROOT);
        }
        sessions.save(key, data, seconds);
        return key;
    }
}
