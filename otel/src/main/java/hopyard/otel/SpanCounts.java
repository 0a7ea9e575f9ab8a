package hopyard.otel;

import java.util.concurrent.atomic.LongAdder;

/** Counts what has become of spans. Exporters that follow each other may share it. */
public final class SpanCounts {

    final LongAdder exported = new LongAdder();
    final LongAdder dropped = new LongAdder();
    final LongAdder failed = new LongAdder();

    /** Returns how many spans the endpoint has taken. */
    public long exported() {
        return exported.sum();
    }

    /** Returns how many spans were dropped, because too many were waiting already. */
    public long dropped() {
        return dropped.sum();
    }

    /** Returns how many spans were lost because the endpoint did not take their batch. */
    public long failed() {
        return failed.sum();
    }
}
