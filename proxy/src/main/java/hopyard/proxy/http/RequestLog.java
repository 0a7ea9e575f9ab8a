package hopyard.proxy.http;

import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;

/** The lines of the error log that are about one request, with what nginx adds to them, and what is kept of them. */
public final class RequestLog {

    /** What stands for the rest of a line that is kept. */
    public static final String CUT = "...";

    /** So many lines are kept. */
    private static final int MAX_LINES = 16;

    /** What is kept of one, in characters. */
    private static final int MAX_LINE = 2048;

    private final Exchange exchange;
    private List<String> lines = List.of();
    /** What the exchange is made for, if it is a subrequest. */
    private String purpose;
    /** Under which id the recorder keeps the exchange; 0 as long as it does not. */
    private long recordedAs;

    RequestLog(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Says what a subrequest is made for, for whoever reads its lines. */
    public void isFor(String what) {
        purpose = what;
    }

    /** The exchange is kept under this id. */
    public void recordedAs(long id) {
        recordedAs = id;
    }

    /** What has been written about the exchange; a line that was longer ends with {@link #CUT}. */
    public List<String> lines() {
        return lines;
    }

    /** See {@link Exchange#log}. */
    static void log(Exchange exchange, ErrorLog.Level level, String message) {
        ErrorLog log = exchange.location().core().errorLog();
        if (exchange.trail() != null) {
            exchange.trail().logged(level, message, log.isOn(level));
        } else if (log.isOn(level)) {
            exchange.requestLog().write(log, level, message);
        }
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
        String host = exchange.header(Headers.HOST);
        if (host != null) {
            context.append(", host: \"").append(host).append('"');
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

    /** What the client's exchange does not say of a line: that another request was made, what for and to whom. */
    private String ofSubrequest(String url) {
        return ", subrequest: \"" + exchange.uri() + "\" (" + purpose + ")"
                + (url.isEmpty() ? "" : ", upstream: \"" + url + "\"");
    }

    /** Keeps a line with the exchange, but for what the exchange says anyway, if there is room. */
    private void keep(String line) {
        Recorder recorder = exchange.configuration().recorder();
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

    /** A line, or its beginning and {@link #CUT}. Of half a word nobody could tell whether it is a secret. */
    private static String cut(String line) {
        return line.length() <= MAX_LINE ? line : line.substring(0, line.lastIndexOf(' ', MAX_LINE) + 1) + CUT;
    }
}
