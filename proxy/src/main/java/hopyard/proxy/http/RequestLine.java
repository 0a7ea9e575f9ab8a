package hopyard.proxy.http;

/** The first line of a request, also of one that cannot be understood. */
public final class RequestLine {

    /** The line of a request that cannot be understood. */
    private static final ExchangeKey<String> MISTAKEN = new ExchangeKey<>();

    private RequestLine() {}

    /** The line of a request that cannot be understood. */
    static void mistaken(Exchange exchange, String line) {
        exchange.put(MISTAKEN, line);
    }

    /** The line as the client has sent it: {@code $request}. */
    public static String of(Exchange exchange) {
        String mistaken = exchange.get(MISTAKEN);
        return mistaken != null
                ? mistaken
                : exchange.receivedMethod() + " " + exchange.requestUri() + " " + exchange.protocol();
    }

    /** The target as somebody is shown it: of a request that cannot be understood, what stands in its place. */
    public static String shownTarget(Exchange exchange) {
        String mistaken = exchange.get(MISTAKEN);
        if (mistaken == null) {
            return exchange.requestUri();
        }
        int start = mistaken.indexOf(' ') + 1;
        int end = mistaken.lastIndexOf(" HTTP/");
        return ErrorLog.onOneLine(mistaken.substring(start, end < start ? mistaken.length() : end))
                .strip();
    }
}
