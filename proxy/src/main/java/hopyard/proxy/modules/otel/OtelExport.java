package hopyard.proxy.modules.otel;

import hopyard.otel.Settings;
import hopyard.otel.SpanCounts;
import hopyard.otel.SpanExporter;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Background;
import hopyard.proxy.server.Configuration;
import java.lang.ref.Cleaner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The export of a configuration's spans: its exporter, from when the configuration is put to work until its last
 * request has ended. The counts are those of all configurations since the server was started, one after another.
 */
public final class OtelExport implements Background {

    private static final Cleaner CLEANER = Cleaner.create();

    /** The shortest time between two lines about spans that were dropped. */
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Settings settings;
    private final AtomicLong lastTold = new AtomicLong(System.nanoTime() - LOG_NANOS);
    private SpanCounts counts = new SpanCounts();
    private volatile SpanExporter exporter;

    public OtelExport(Settings settings) {
        this.settings = settings;
    }

    /** Returns what has become of the spans; {@code null} if the configuration exports none. */
    public static SpanCounts counts(Configuration configuration) {
        return Background.of(configuration) instanceof OtelExport its ? its.counts : null;
    }

    @Override
    public void begin(ErrorLog log, Background former) {
        if (exporter != null) {
            return;
        }
        if (former instanceof OtelExport other) {
            counts = other.counts;
        }
        SpanExporter started =
                SpanExporter.start(settings, counts, message -> log.write(ErrorLog.Level.ERROR, message));
        exporter = started;
        // requests under way keep their configuration, and so this; the last of them lets go of it
        CLEANER.register(this, started::end);
    }

    @Override
    public void replaced() {
        exporter.flush();
    }

    @Override
    public void end() {
        exporter.close();
    }

    /** Has the spans of an exchange that is over made and exported; says so if they are dropped. */
    void add(Exchange exchange, ExchangeSpans spans) {
        if (!exporter.offer(spans.count(), spans)) {
            long now = System.nanoTime();
            long last = lastTold.get();
            if (now - last >= LOG_NANOS && lastTold.compareAndSet(last, now)) {
                exchange.log(ErrorLog.Level.NOTICE, "OTel dropped records: " + counts.dropped());
            }
        }
    }
}
