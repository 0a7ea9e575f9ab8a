package hopyard.proxy.record;

import hopyard.proxy.record.redaction.Redaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lines of the error log that came after their exchange had ended. Something that the exchange has started, as a mirror
 * request or an update of the cache, may fail later. Only the lines of a few exchanges are kept, the newest ones.
 */
final class LateLines {

    private static final int MAX_EXCHANGES = 64;

    /** How many lines are kept for each exchange. */
    private static final int MAX_LINES = 4;

    private final Map<Long, List<String>> lines = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, List<String>> eldest) {
            return size() > MAX_EXCHANGES;
        }
    };

    /** Keeps a line without the secrets in it. */
    void add(long id, String line) {
        String harmless = Redaction.text(Redaction.logLine(line));
        synchronized (lines) {
            List<String> its = lines.computeIfAbsent(id, i -> new ArrayList<>(1));
            if (its.size() < MAX_LINES) {
                its.add(harmless);
            }
        }
    }

    /** Adds to a record the lines that came after it was written. */
    void addTo(ExchangeRecord record) {
        synchronized (lines) {
            record.errorLog().addAll(lines.getOrDefault(record.id(), List.of()));
        }
    }
}
