package hopyard.proxy.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * The idle connections of one I/O thread to all servers of a group. The most recently used come first, because those
 * are least likely to be closed by the server; beyond the limit, the one that has been idle for longest is closed.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive">keepalive</a>
 */
final class IdleConnections<C extends IdleConnections.Kept> {

    /** A connection that may be kept. */
    interface Kept {
        /** Returns the server that it leads to. */
        Peer peer();

        /** Returns what distinguishes it from others to the same server that must not be used for it. */
        Object kind();

        /** Ends it. */
        void close();
    }

    private final Deque<C> idle = new ArrayDeque<>();

    /** Takes one to the server out; {@code null} if there is none. */
    C take(Peer peer, Object kind) {
        C newest = idle.peekFirst();
        if (newest != null && newest.peer() == peer && Objects.equals(newest.kind(), kind)) {
            return idle.pollFirst();
        }
        for (C connection : idle) {
            if (connection.peer() == peer && Objects.equals(connection.kind(), kind)) {
                idle.remove(connection);
                return connection;
            }
        }
        return null;
    }

    /** @param limit how many are kept at most, this one included */
    void add(C connection, int limit) {
        if (idle.size() >= limit) {
            idle.removeLast().close();
        }
        idle.addFirst(connection);
    }

    void remove(C connection) {
        idle.remove(connection);
    }

    void closeIf(Predicate<C> isUseless) {
        idle.removeIf(connection -> {
            boolean closes = isUseless.test(connection);
            if (closes) {
                connection.close();
            }
            return closes;
        });
    }

    void closeAll() {
        while (!idle.isEmpty()) {
            idle.removeFirst().close();
        }
    }
}
