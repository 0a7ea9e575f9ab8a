package hopyard.database;

import hopyard.backend.database.Caller;
import java.util.LinkedHashMap;
import java.util.Map;

/** The last requests that have asked the database, by their ids. */
final class RecentRequests {

    private static final int MAX = 200;

    private final Map<String, RequestRecord> byId = new LinkedHashMap<>();

    /** Returns the record of a request that begins; one without an id is not kept. */
    RequestRecord begin(Caller caller) {
        RequestRecord record = new RequestRecord(caller);
        if (caller.requestId() != null) {
            synchronized (byId) {
                // one that was there before moves to the end
                byId.remove(caller.requestId());
                byId.put(caller.requestId(), record);
                if (byId.size() > MAX) {
                    byId.remove(byId.keySet().iterator().next());
                }
            }
        }
        return record;
    }

    /** Returns the record of a request; {@code null} if it is not kept. */
    RequestRecord get(String requestId) {
        synchronized (byId) {
            return byId.get(requestId);
        }
    }
}
