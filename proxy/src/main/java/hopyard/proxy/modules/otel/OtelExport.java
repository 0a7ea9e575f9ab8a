package hopyard.proxy.modules.otel;

import hopyard.jars.LateJars;
import hopyard.otel.AwaitedReceiver;
import hopyard.otel.Settings;
import hopyard.otel.SpanCounts;
import hopyard.otel.SpanExporter;
import hopyard.otel.SpanSender;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Background;
import hopyard.proxy.server.Configuration;
import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The export of a configuration's spans: its exporter, from when the configuration is put to work until its last
 * request has ended. The counts are those of all configurations, one after another, since the last that had no export.
 */
public final class OtelExport implements Background {

    /** Has a thread, which is there as soon as somebody exports. */
    private static final class Unreachable {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /**
     * What a configuration's export has in common with those before.
     *
     * @param running the exporters that requests may still be under way for
     */
    private record Common(SpanCounts counts, Set<SpanExporter> running) {}

    /** The shortest time between two lines about spans that were dropped. */
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Settings settings;
    private final AtomicLong lastTold = new AtomicLong(System.nanoTime() - LOG_NANOS);
    private final boolean isAwaited;
    private Common common = new Common(new SpanCounts(), ConcurrentHashMap.newKeySet());
    private volatile SpanExporter exporter;
    private Thread awaiting;

    /**
     * @param isAwaited whether to begin only when somebody listens there
     */
    public OtelExport(Settings settings, boolean isAwaited) {
        this.settings = settings;
        this.isAwaited = isAwaited;
    }

    /** Whether spans are exported by now. */
    boolean isOn() {
        return exporter != null;
    }

    /** Whether it was asked for by {@code hop_otel}. */
    public boolean isAwaited() {
        return isAwaited;
    }

    /** Returns what has become of the spans; {@code null} if the configuration exports none. */
    public static SpanCounts counts(Configuration configuration) {
        return Background.of(configuration) instanceof OtelExport its ? its.common.counts : null;
    }

    @Override
    public void begin(ErrorLog log, Background former) {
        if (exporter != null || awaiting != null) {
            return;
        }
        if (former instanceof OtelExport other) {
            common = other.common;
        }
        if (isAwaited) {
            awaiting = AwaitedReceiver.await(settings, () -> start(log));
        } else {
            start(log);
        }
    }

    private void start(ErrorLog log) {
        SpanExporter started = SpanExporter.start(
                settings,
                its -> LateJars.load("otlp", SpanSender.Provider.class).open(its),
                common.counts,
                message -> log.write(ErrorLog.Level.ERROR, message));
        Set<SpanExporter> running = common.running;
        running.add(started);
        exporter = started;
        // requests under way keep their configuration, and so this; the last of them lets go of it
        Unreachable.CLEANER.register(this, () -> {
            started.end();
            running.remove(started);
        });
    }

    @Override
    public void replaced() {
        if (awaiting != null) {
            awaiting.interrupt();
        }
        if (exporter != null) {
            exporter.retire();
        }
    }

    @Override
    public void end() {
        if (awaiting != null) {
            awaiting.interrupt();
        }
        // requests of earlier configurations may have ended only now
        common.running.forEach(SpanExporter::end);
        common.running.forEach(SpanExporter::close);
    }

    /** Has the spans of an exchange that is over made and exported; says so if they are dropped. */
    void add(Exchange exchange, ExchangeSpans spans) {
        SpanExporter begun = exporter;
        if (begun != null && !begun.offer(spans.count(), spans)) {
            long now = System.nanoTime();
            long last = lastTold.get();
            if (now - last >= LOG_NANOS && lastTold.compareAndSet(last, now)) {
                exchange.log(ErrorLog.Level.NOTICE, "OTel dropped records: " + common.counts.dropped());
            }
        }
    }
}
