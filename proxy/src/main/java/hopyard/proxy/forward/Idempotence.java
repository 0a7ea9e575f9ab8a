package hopyard.proxy.forward;

import java.util.Set;

/** Which methods nginx does not send twice once a request may have been read. */
final class Idempotence {

    private static final Set<String> NOT_IDEMPOTENT = Set.of("POST", "LOCK", "PATCH");

    private Idempotence() {}

    static boolean isIdempotent(String method) {
        return !NOT_IDEMPOTENT.contains(method);
    }
}
