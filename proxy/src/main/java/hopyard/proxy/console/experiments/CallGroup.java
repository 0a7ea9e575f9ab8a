package hopyard.proxy.console.experiments;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Call;

/** Requests that are under way together, and can be ended together. */
public final class CallGroup {

    private final Set<Call> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;

    /** To be called before the request is sent. */
    void begin(Call call) {
        underWay.add(call);
        if (ended) {
            call.cancel();
        }
    }

    void end(Call call) {
        underWay.remove(call);
    }

    /** Ends those that are under way, and all that begin from now on. */
    void cancel() {
        ended = true;
        underWay.forEach(Call::cancel);
    }

    boolean isCancelled() {
        return ended;
    }
}
