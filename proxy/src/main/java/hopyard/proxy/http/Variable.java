package hopyard.proxy.http;

/** What a {@code $name} stands for. */
@FunctionalInterface
public interface Variable {

    /** The value for this request as a byte string; {@code null} if there is none, which most places print as "-". */
    String get(Exchange exchange);
}
