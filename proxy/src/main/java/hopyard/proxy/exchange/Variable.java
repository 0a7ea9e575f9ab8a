package hopyard.proxy.exchange;

/** A variable of the configuration: gives the value of a {@code $name} for a request. */
@FunctionalInterface
public interface Variable {

    /**
     * Returns the value for a request, as a byte string; {@code null} if there is none, which logs mostly show as "-".
     */
    String get(Exchange exchange);
}
