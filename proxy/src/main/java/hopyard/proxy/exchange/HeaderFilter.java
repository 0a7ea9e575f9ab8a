package hopyard.proxy.exchange;

/** Changes the fields of a response just before they are sent. */
@FunctionalInterface
public interface HeaderFilter {
    void apply(Exchange exchange);
}
