package hopyard.proxy.http;

/** Is told of every finished exchange, on the I/O thread that it lived on; must not block. */
@FunctionalInterface
public interface Recorder {
    void finished(Exchange exchange);
}
