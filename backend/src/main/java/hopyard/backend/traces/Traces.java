package hopyard.backend.traces;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.DatabaseUrl;
import hopyard.jars.LateJars;
import hopyard.otel.AwaitedReceiver;
import hopyard.otel.Settings;
import hopyard.otel.Span;
import hopyard.otel.SpanExporter;
import hopyard.otel.SpanSender;
import io.undertow.util.HeaderMap;
import java.util.function.Consumer;

/**
 * Where the app's spans go. Until somebody listens there for the first time, none are made, and nothing of the library
 * that sends them is loaded.
 */
public final class Traces implements AutoCloseable {

    private final TraceSettings settings;
    private final DatabaseUrl database;
    private final Consumer<String> log;
    private final Thread awaiting;
    private volatile SpanExporter exporter;

    /**
     * Begins to wait for whoever is to get the spans.
     *
     * @param database {@code null} if there is none
     * @param log takes lines of the log
     */
    public Traces(TraceSettings settings, DatabaseSettings database, Consumer<String> log) {
        this.settings = settings;
        this.database = database == null ? null : database.url();
        this.log = log;
        Settings exported = settings.ofExporter();
        log.accept("Traces will go to " + exported.url() + " as soon as somebody listens there.");
        awaiting = AwaitedReceiver.await(exported, () -> open(exported));
    }

    private void open(Settings exported) {
        exporter = SpanExporter.start(
                exported,
                its -> LateJars.load("otlp", SpanSender.Provider.class).open(its),
                why -> log.accept("[WARNING] " + why));
        log.accept("Traces go to " + exported.url() + " from now on.");
    }

    /** Whether spans are to be made. */
    public boolean isOn() {
        return exporter != null;
    }

    /** Begins the span of a request; see {@link RequestSpan#begin}. */
    public RequestSpan begin(HeaderMap headers, long began) {
        return RequestSpan.begin(this::export, database, settings.sampler(), headers, began);
    }

    /** Sends a span, with others, and soon; what is too much is dropped and counted. */
    private void export(Span span) {
        exporter.offer(span);
    }

    /** Sends what is left. */
    @Override
    public void close() {
        awaiting.interrupt();
        SpanExporter opened = exporter;
        if (opened != null) {
            opened.close();
        }
    }
}
