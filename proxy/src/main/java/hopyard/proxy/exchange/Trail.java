package hopyard.proxy.exchange;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationSearch;
import hopyard.proxy.server.VirtualServers;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a rehearsed request, as the engine and the modules tell them: see {@link Rehearsal}. An exchange that is
 * served has no trail.
 */
public final class Trail {

    /** The kind of a step. */
    public enum Kind {
        /** The request's head as it was read. */
        REQUEST,
        /** The search for a location. */
        LOCATION,
        IF,
        REWRITE,
        SET,
        BREAK,
        RETURN,
        /** The client's address, as a trusted proxy tells it. */
        REAL_IP,
        LIMIT,
        ACCESS,
        AUTH,
        TRY_FILES,
        INDEX,
        MIRROR,
        CACHE,
        /** An internal redirect: the URI has changed, or a named location takes over. */
        REDIRECT,
        /** A status for which there may be an {@code error_page}. */
        STATUS,
        ERROR_PAGE,
        /** The handler that makes the response. */
        CONTENT
    }

    /**
     * One step: something was done or decided.
     *
     * @param directive the line of nginx.conf that asks for it; {@code null} if none does
     * @param holds whether the step matched, held or allowed; {@code null} if this does not apply
     * @param search the search of a {@link Kind#LOCATION}; else {@code null}
     * @param asked the trail of a subrequest; else {@code null}
     */
    public record Step(
            Kind kind, Directive directive, Boolean holds, String text, LocationSearch.Result search, Trail asked) {}

    /** Who answers the request. */
    public enum Who {
        /** A server that the request is passed to. */
        UPSTREAM,
        /** The proxy itself. */
        PROXY,
        /** The proxy, with a file. */
        FILE,
        /** Hopyard's console. */
        CONSOLE,
        /** The connection is closed without an answer. */
        NOBODY,
        /** This is not known. */
        UNKNOWN
    }

    /**
     * What becomes of the request.
     *
     * @param status the status that the client gets; 0 if it is not known
     * @param text the answer in a sentence
     * @param file the file that is sent; {@code null} if none is
     * @param location the target of a redirect; {@code null} if the answer is not a redirect
     * @param body the content, if the proxy itself makes it; else {@code null}
     */
    public record Answer(Who who, int status, String text, String file, String location, byte[] body) {}

    /**
     * One line of a head.
     *
     * @param directive the line of nginx.conf that has written it; {@code null} if none has
     * @param why where the line comes from
     * @param isKnown whether the line is known completely, without a {@link #placeholder}
     */
    public record Line(String text, Directive directive, String why, boolean isKnown) {}

    /**
     * A request that is sent to another server.
     *
     * @param pass the {@code proxy_pass}
     * @param tlsName the name that the server's certificate must be for; {@code null} if TLS is not spoken
     * @param name what {@code proxy_pass} calls the server or the group
     * @param group the group of servers; {@code null} for a name that is looked up when the request is sent
     * @param lines the head, the request line first
     * @param body a description of the content, in a sentence
     */
    public record Upstream(
            Directive pass,
            String scheme,
            String tlsName,
            String name,
            UpstreamGroup group,
            List<Line> lines,
            String body) {}

    /** How many steps are kept: a request that is rewritten again and again has more than anybody reads. */
    private static final int MAX_STEPS = 500;

    /** The longest text of a step, in characters: values may be long. */
    private static final int MAX_TEXT = 2000;

    private record Mark(int end, Directive directive, String why) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final List<String> placeholders = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private VirtualServers.Choice server;
    private Exchange exchange;
    private Answer answer;
    private Upstream upstream;
    private String value;
    private boolean countsContent;
    private int omitted;

    // ---- what is told

    void belongsTo(Exchange of) {
        exchange = of;
    }

    void chosen(VirtualServers.Choice choice) {
        server = choice;
    }

    /** Adds a step; see {@link Step}. */
    public void step(Kind kind, Directive directive, Boolean holds, String text) {
        add(new Step(kind, directive, holds, cut(text), null, null));
    }

    /** Adds a step that makes a subrequest, with the subrequest's trail. */
    public void asks(Kind kind, Directive directive, String text, Trail asked) {
        add(new Step(kind, directive, null, cut(text), null, asked));
    }

    private void add(Step step) {
        if (steps.size() < MAX_STEPS) {
            steps.add(step);
        } else {
            omitted++;
        }
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }

    /** Adds something that is known only when the request is really sent. */
    public void unknown(String what) {
        String shown = cut(what);
        if (!unknown.contains(shown)) {
            unknown.add(shown);
        }
    }

    /** Returns the text that stands for a value that is not known, for instance in header lines. */
    public String placeholder(String what) {
        String text = "(" + what + ")";
        placeholders.add(text);
        return text;
    }

    /** Notes that content whose length nobody has said is read whole, which is when its length is known. */
    public void countsContent() {
        countsContent = true;
    }

    /** Returns what stands for the length of content that was counted; {@code null} if it was not. */
    public String countedLength() {
        return countsContent ? placeholder("as much as comes") : null;
    }

    /** Remembers what a condition looks at, for {@link #takeValue}. */
    public void looksAt(String what) {
        value = cut(what);
    }

    /** Returns the value that a condition has looked at, in quotation marks; empty if it has not told one. */
    public String takeValue() {
        String taken = value == null ? "" : "\"" + value + "\"";
        value = null;
        return taken;
    }

    /** Adds the step of a search for a location. */
    void located(LocationSearch.Result search) {
        add(new Step(Kind.LOCATION, search.found().directive(), null, search.why(), search, null));
    }

    /** Adds the step into a location without a search, or into one that replaces the found one. */
    void entered(Location location, String why) {
        step(Kind.LOCATION, location.directive(), true, why);
    }

    /** Adds a line for the error log. {@code isWritten} is false if error_log is for more severe levels only. */
    void logged(ErrorLog.Level level, String message, boolean isWritten) {
        if (log.size() < MAX_STEPS) {
            log.add(cut("[" + level + "] " + message) + (isWritten ? "" : " (left out: error_log is for worse)"));
        }
    }

    /** Notes that the proxy itself answers. */
    void responds(Exchange by, byte[] body) {
        int status = SpecialResponse.statusOf(by);
        String location = by.responseHeaders().getFirst(Headers.LOCATION);
        String text = location == null
                ? "the proxy itself answers " + status
                : "the proxy itself sends the client on to " + location;
        answers(new Answer(Who.PROXY, status, text, null, location, body));
    }

    /** Notes that the connection is closed without an answer. */
    void closes() {
        answers(new Answer(
                Who.NOBODY, ErrorPages.CLOSE, "the connection is closed without an answer", null, null, null));
    }

    /** Notes that a file is sent, or ranges of it. */
    public void sendsFile(String file, RangeRequest ranges) {
        exchange.response().status(200);
        ranges.apply(exchange.response());
        int status = SpecialResponse.statusOf(exchange);
        answers(new Answer(Who.FILE, status, "the proxy itself sends the file " + file, file, null, null));
    }

    /** Notes that the console answers. */
    public void asksConsole(Directive directive) {
        step(Kind.CONTENT, directive, null, "the location is Hopyard's console");
        answers(new Answer(Who.CONSOLE, 0, "Hopyard's console answers", null, null, null));
    }

    /** Notes that the answer is not known, because it depends on something that a rehearsal does not do. */
    public void isOpen(String why) {
        answers(new Answer(Who.UNKNOWN, 0, why, null, null, null));
    }

    private void answers(Answer given) {
        answer = answer == null ? given : answer;
    }

    /**
     * Notes where the head comes from that has been written since the last call: from a directive, or as {@code why}
     * says.
     */
    public void wrote(HeadWriter head, Directive directive, String why) {
        marks.add(new Mark(head.length(), directive, why));
    }

    /** Notes that a new head begins. */
    public void beginsHead() {
        marks.clear();
    }

    /**
     * Notes that the request is passed on.
     *
     * @param to where the request goes, without the lines
     * @param head the head as it was written
     * @param hidesLength whether the length in the head stands for one that is not known yet
     */
    public void passes(Upstream to, HeadWriter head, boolean hidesLength) {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (Mark mark : marks) {
            String text = head.text(from, mark.end);
            for (String line : text.isEmpty() ? new String[0] : text.split("\r\n")) {
                boolean isLength = hidesLength && mark.directive == null && line.startsWith("Content-Length: ");
                String shown = isLength ? "Content-Length: " + countedLength() : line;
                boolean isKnown = placeholders.stream().noneMatch(shown::contains);
                lines.add(new Line(shown, mark.directive, mark.why, isKnown));
            }
            from = mark.end;
        }
        upstream = new Upstream(to.pass, to.scheme, to.tlsName, to.name, to.group, lines, to.body);
        answers(new Answer(
                Who.UPSTREAM, 0, "the request is passed to " + to.scheme + "://" + to.name, null, null, null));
    }

    // ---- what it comes to

    /** Returns the exchange, which knows its location and its URI now. */
    public Exchange exchange() {
        return exchange;
    }

    /** Returns which server was chosen, and why; {@code null} if none was. */
    public VirtualServers.Choice server() {
        return server;
    }

    public List<Step> steps() {
        return steps;
    }

    /** Returns how many steps there were beyond those of {@link #steps()}. */
    public int omitted() {
        return omitted;
    }

    /** Returns what is known only when the request is really sent. */
    public List<String> unknown() {
        return unknown;
    }

    /** Returns the lines that the error log would get, and those that it would leave out. */
    public List<String> log() {
        return log;
    }

    /** Returns what becomes of the request; {@code null} as long as this is not decided. */
    public Answer answer() {
        return answer;
    }

    /** Returns the request that is passed on; {@code null} if it is not. */
    public Upstream upstream() {
        return upstream;
    }

    /** Whether it is known which status the client gets. */
    public boolean isDecided() {
        return answer != null && answer.status > 0;
    }
}
