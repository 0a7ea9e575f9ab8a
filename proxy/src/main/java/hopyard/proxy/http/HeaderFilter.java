package hopyard.proxy.http;

/** Changes response headers just before they are sent. */
@FunctionalInterface
public interface HeaderFilter {
    void apply(Exchange exchange);
}
