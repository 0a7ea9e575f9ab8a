package hopyard.proxy.exchange;

import hopyard.proxy.io.ErrorLog;

/** The request line, also of a request that cannot be understood. */
public final class RequestLine {

    /** The key of the line of a request that cannot be understood. */
    private static final ExchangeKey<String> MISTAKEN = new ExchangeKey<>();

    private RequestLine() {}

    /** Keeps the line of a request that cannot be understood. */
    static void mistaken(Exchange exchange, String line) {
        exchange.put(MISTAKEN, line);
    }

    /** Returns {@code $request}: the line as the client has sent it. */
    public static String of(Exchange exchange) {
        String mistaken = exchange.get(MISTAKEN);
        return mistaken != null
                ? mistaken
                : exchange.receivedMethod() + " " + exchange.requestUri() + " " + exchange.protocol();
    }

    /** Returns the target to show to people; if the request cannot be understood, the text in the target's place. */
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
