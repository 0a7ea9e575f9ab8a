package hopyard.proxy.console.sockets;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The first few of however many things, in an order; the others are counted. */
final class FirstFew<T> {

    private final int most;
    private final Comparator<T> order;
    private final PriorityQueue<T> kept;
    private int left;

    /**
     * @param most how many to keep
     */
    FirstFew(int most, Comparator<T> order) {
        this.most = most;
        this.order = order;
        kept = new PriorityQueue<>(order.reversed());
    }

    void add(T thing) {
        kept.add(thing);
        if (kept.size() > most) {
            kept.remove();
            left++;
        }
    }

    /** How many were not kept. */
    int left() {
        return left;
    }

    List<T> sorted() {
        return kept.stream().sorted(order).toList();
    }
}
