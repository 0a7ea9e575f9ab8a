package hopyard.backend.django;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Where sessions are kept: in memory, as many as {@link #MAX_SESSIONS}. The oldest make room. */
final class Sessions {

    private static final int MAX_SESSIONS = 1000;

    private record Kept(Map<String, String> data, long expiresNanos) {}

    private final Map<String, Kept> kept = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > MAX_SESSIONS;
        }
    };

    /** Returns a copy of what a session holds; {@code null} if there is none, or none any more. */
    synchronized Map<String, String> load(String key) {
        Kept found = kept.get(key);
        boolean isOver = found != null && System.nanoTime() - found.expiresNanos > 0;
        return found == null || isOver ? null : new TreeMap<>(found.data);
    }

    synchronized void save(String key, Map<String, String> data, long seconds) {
        kept.remove(key);
        kept.put(key, new Kept(new TreeMap<>(data), System.nanoTime() + seconds * 1_000_000_000L));
    }

    synchronized void delete(String key) {
        kept.remove(key);
    }
}
