package hopyard.proxy.scale;

import hopyard.proxy.upstream.SimulatedClock;
import java.util.Comparator;
import java.util.PriorityQueue;

/** What happens in a simulation, in the order of time. */
final class Events {

    private record Event(long at, long number, Runnable what) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));

    private final SimulatedClock clock;
    private final long start;
    private long number;

    Events(SimulatedClock clock) {
        this.clock = clock;
        start = clock.micros();
    }

    /** Returns how long it has been going on, in µs. */
    long now() {
        return clock.micros() - start;
    }

    void after(long micros, Runnable what) {
        events.add(new Event(clock.micros() + micros, number++, what));
    }

    /** Has something happen again and again, at random moments, so many times a second on average. */
    void often(double perSecond, Runnable what) {
        after(clock.duration(1e6 / perSecond), () -> {
            what.run();
            often(perSecond, what);
        });
    }

    /** Goes on until that time. */
    void runUntil(long micros) {
        while (!events.isEmpty() && events.peek().at <= start + micros) {
            Event next = events.remove();
            clock.set(next.at);
            next.what.run();
        }
        clock.set(start + micros);
    }
}
