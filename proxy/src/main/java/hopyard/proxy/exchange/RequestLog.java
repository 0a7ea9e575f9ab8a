package hopyard.proxy.exchange;

import hopyard.proxy.io.ErrorLog;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;

/** Writes the error log's lines about one request, with the context that nginx adds, and keeps some of them. */
public final class RequestLog {

    /** Stands for the rest of a line that is cut. */
    public static final String CUT = "...";

    /** How many lines are kept. */
    private static final int MAX_LINES = 16;

    /** How much of a line is kept, in characters. */
    private static final int MAX_LINE = 2048;

    private static final ExchangeKey<String> MISTAKEN_HOST = new ExchangeKey<>();

    private final Exchange exchange;
    private List<String> lines = List.of();
    /** The directive that the exchange is made for, if it is a subrequest. */
    private String purpose;
    /** The id under which the recorder keeps the exchange; 0 if it does not keep it yet. */
    private long recordedAs;

    /** Keeps a host that cannot be understood, for the lines that are about it. */
    static void mistakenHost(Exchange exchange, String host) {
        exchange.put(MISTAKEN_HOST, host);
    }

    RequestLog(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Sets the directive that a subrequest is made for; the lines that are kept name it. */
    public void isFor(String what) {
        purpose = what;
    }

    /** Sets the id under which the recorder keeps the exchange. */
    public void recordedAs(long id) {
        recordedAs = id;
    }

    /** Returns the lines that are kept about the exchange. A line that was cut ends with {@link #CUT}. */
    public List<String> lines() {
        return lines;
    }

    /** See {@link Exchange#log}. */
    static void log(Exchange exchange, ErrorLog.Level level, String message) {
        ErrorLog log = exchange.core().errorLog();
        if (exchange.trail() != null) {
            exchange.trail().logged(level, message, log.isOn(level));
        } else if (log.isOn(level)) {
            exchange.requestLog().write(log, level, message);
        }
    }

    /** Logs that an upstream server has not answered in time. */
    public void upstreamTimedOut() {
        exchange.upstream().givenBack();
        exchange.log(ErrorLog.Level.ERROR, "upstream timed out (110: Connection timed out)");
    }

    private void write(ErrorLog log, ErrorLog.Level level, String message) {
        String activity = exchange.upstream().activity();
        String url = exchange.upstream().url();
        String text = activity == null ? message : message + " while " + activity;
        StringBuilder context = new StringBuilder();
        context.append(", client: ").append(exchange.remoteHost());
        context.append(", server: ").append(exchange.server().name());
        context.append(", request: \"").append(RequestLine.of(exchange)).append('"');
        if (exchange.isSubrequest()) {
            context.append(", subrequest: \"").append(exchange.uri()).append('"');
        }
        if (url != null) {
            context.append(", upstream: \"").append(url).append('"');
        }
        if (!message.endsWith(" while reading client request line")) {
            String host = exchange.header(Headers.HOST);
            quote(context, "host", host == null ? exchange.get(MISTAKEN_HOST) : host);
            quote(context, "referrer", exchange.header(Headers.REFERER));
        }
        String line = log.write(level, exchange.client().serial(), text, context.toString());
        Exchange outermost = exchange;
        if (exchange.isSubrequest()) {
            line += ofSubrequest(url == null ? "" : url.replaceFirst("\\?.*", ""));
        }
        while (outermost.outer() != null) {
            outermost = outermost.outer();
        }
        outermost.requestLog().keep(line);
    }

    private static void quote(StringBuilder context, String what, String value) {
        if (value != null) {
            context.append(", ").append(what).append(": \"").append(value).append('"');
        }
    }

    /** Returns what the client's exchange does not tell about a line: which subrequest it is of, and its upstream. */
    private String ofSubrequest(String url) {
        return ", subrequest: \"" + exchange.uri() + "\" (" + purpose + ")"
                + (url.isEmpty() ? "" : ", upstream: \"" + url + "\"");
    }

    /** Keeps a line with the exchange if there is room. After the end of the exchange, the recorder gets the line. */
    private void keep(String line) {
        Recorder recorder = Recorder.of(exchange.configuration());
        boolean isOver = exchange.lifetime().isOver();
        if (isOver && recordedAs > 0) {
            recorder.logged(recordedAs, cut(line));
            return;
        }
        boolean isWanted = !isOver && recorder != null && lines.size() < MAX_LINES;
        if (isWanted && exchange.lifetime().hold(Math.min(line.length(), MAX_LINE))) {
            lines = lines.isEmpty() ? new ArrayList<>(1) : lines;
            lines.add(cut(line));
        }
    }

    /** Cuts a long line between two words: nobody could tell whether half a word is a secret. */
    private static String cut(String line) {
        return line.length() <= MAX_LINE ? line : line.substring(0, line.lastIndexOf(' ', MAX_LINE) + 1) + CUT;
    }
}
