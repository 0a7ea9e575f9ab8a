package hopyard.proxy.http;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.upstream.HeadWriter;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request that is only tried has gone through, as the engine and the modules have told it: see {@link Rehearsal}. An
 * exchange that is served has none.
 */
public final class Trail {

    /** What kind of thing a step is. */
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
        /** Who the client is said to be. */
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
        /** A status that {@code error_page} may have something to say to. */
        STATUS,
        ERROR_PAGE,
        /** What makes the response. */
        CONTENT
    }

    /**
     * One thing that was done or decided.
     *
     * @param directive whose doing it is; {@code null} where no line says it
     * @param holds whether it matched, held or allowed; {@code null} where that is no question
     * @param search for {@link Kind#LOCATION}, else {@code null}
     * @param asked what a subrequest goes through, else {@code null}
     */
    public record Step(Kind kind, Directive directive, Boolean holds, String text, Search search, Trail asked) {}

    /** Whether a location or a name is one for the request. */
    public enum Match {
        YES,
        NO,
        NOT_TRIED
    }

    /**
     * A location that the search has looked at, or would have come to.
     *
     * @param depth how many locations it is nested in
     */
    public record Candidate(Location location, Match match, int depth) {}

    /**
     * A search for a location.
     *
     * @param found the location; a server's own level if no location matches
     * @param why why it is this one, in a sentence
     */
    public record Search(String uri, List<Candidate> candidates, Location found, String why) {}

    /** Who answers. */
    public enum Who {
        /** A server that the request is passed to. */
        UPSTREAM,
        /** The proxy by itself. */
        PROXY,
        /** The proxy, with a file. */
        FILE,
        /** Hopyard's console. */
        CONSOLE,
        /** The connection is closed without an answer. */
        NOBODY,
        /** That cannot be told. */
        UNKNOWN
    }

    /**
     * What becomes of the request.
     *
     * @param status what the client gets; 0 if it is not known
     * @param text the same in a sentence
     * @param file the file that is sent; {@code null} if none is
     * @param location where a redirect leads; {@code null} if it is none
     * @param body the content, if the proxy itself makes it; else {@code null}
     */
    public record Answer(Who who, int status, String text, String file, String location, byte[] body) {}

    /**
     * One line of a head.
     *
     * @param directive the line of nginx.conf that has written it; {@code null} if none has
     * @param why where it comes from
     * @param isKnown whether it holds no {@link #placeholder}
     */
    public record Line(String text, Directive directive, String why, boolean isKnown) {}

    /**
     * What is sent to another server.
     *
     * @param pass the {@code proxy_pass}
     * @param tlsName the name that the server's certificate must be for; {@code null} if TLS is not spoken
     * @param name what {@code proxy_pass} calls the server or the group
     * @param group whom to; {@code null} for a name that is looked up when the request is sent
     * @param lines the head, the request line first
     * @param body what the content is, in a sentence
     */
    public record Upstream(
            Directive pass,
            String scheme,
            String tlsName,
            String name,
            UpstreamGroup group,
            List<Line> lines,
            String body) {}

    /** A request that is rewritten again and again has more steps than anybody reads. */
    private static final int MAX_STEPS = 500;

    /** Values may be long, in characters. */
    private static final int MAX_TEXT = 2000;

    private record Mark(int end, Directive directive, String why) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final List<String> placeholders = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private final LocationSearch locations = new LocationSearch();
    private VirtualServers.Choice server;
    private Exchange exchange;
    private Answer answer;
    private Upstream upstream;
    private String value;
    private int omitted;

    // ---- what is told

    void belongsTo(Exchange of) {
        exchange = of;
    }

    void chosen(VirtualServers.Choice choice) {
        server = choice;
    }

    /** Something has been done or decided; see {@link Step}. */
    public void step(Kind kind, Directive directive, Boolean holds, String text) {
        add(new Step(kind, directive, holds, cut(text), null, null));
    }

    /** A subrequest is made, which goes its own way. */
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

    /** Something that shows only when the request is sent. */
    public void unknown(String what) {
        String shown = cut(what);
        if (!unknown.contains(shown)) {
            unknown.add(shown);
        }
    }

    /** What stands where a value is not known, as in the header lines that it gets into. */
    public String placeholder(String what) {
        String text = "(" + what + ")";
        placeholders.add(text);
        return text;
    }

    /** Remembers what a condition looks at, for {@link #takeValue}. */
    public void looksAt(String what) {
        value = cut(what);
    }

    /** What a condition has looked at, in quotation marks; empty if it has not told. */
    public String takeValue() {
        String taken = value == null ? "" : "\"" + value + "\"";
        value = null;
        return taken;
    }

    /** A regular expression of a location has been tried. */
    void tried(Location location, boolean matches) {
        locations.tried(location, matches);
    }

    /** A location has been found by {@link LocationTree#find}; {@code null} if none has. */
    void located(String uri, LocationTree tree, Location found, Location level) {
        Search search = locations.end(uri, tree, found, level);
        add(new Step(Kind.LOCATION, search.found.directive(), null, search.why, search, null));
    }

    /** A location is entered without a search, or takes the place of the one that was found. */
    void entered(Location location, String why) {
        step(Kind.LOCATION, location.directive(), true, why);
    }

    /** A line for the error log, which would get it unless that says only worse things. */
    void logged(ErrorLog.Level level, String message, boolean isWritten) {
        if (log.size() < MAX_STEPS) {
            log.add(cut("[" + level + "] " + message) + (isWritten ? "" : " (left out: error_log is for worse)"));
        }
    }

    /** The proxy itself answers. */
    void responds(Exchange by, byte[] body) {
        int status = SpecialResponse.statusOf(by);
        String location = by.responseHeaders().getFirst(Headers.LOCATION);
        String text = location == null
                ? "the proxy itself answers " + status
                : "the proxy itself sends the client on to " + location;
        answers(new Answer(Who.PROXY, status, text, null, location, body));
    }

    /** The connection is closed. */
    void closes() {
        answers(new Answer(
                Who.NOBODY, ErrorPages.CLOSE, "the connection is closed without an answer", null, null, null));
    }

    /** A file is sent, or what of it is asked for. */
    public void sendsFile(String file, RangeRequest ranges) {
        exchange.response().status(200);
        ranges.apply(exchange.response());
        int status = SpecialResponse.statusOf(exchange);
        answers(new Answer(Who.FILE, status, "the proxy itself sends the file " + file, file, null, null));
    }

    /** The console answers. */
    public void asksConsole(Directive directive) {
        step(Kind.CONTENT, directive, null, "the location is Hopyard's console");
        answers(new Answer(Who.CONSOLE, 0, "Hopyard's console answers", null, null, null));
    }

    /** Nobody can tell, because it depends on something that does not happen here. */
    public void isOpen(String why) {
        answers(new Answer(Who.UNKNOWN, 0, why, null, null, null));
    }

    private void answers(Answer given) {
        answer = answer == null ? given : answer;
    }

    /** Up to here, the head that is being written is the doing of that directive, or comes from where {@code why} says. */
    public void wrote(HeadWriter head, Directive directive, String why) {
        marks.add(new Mark(head.length(), directive, why));
    }

    /** A head is written anew. */
    public void beginsHead() {
        marks.clear();
    }

    /**
     * The request is passed on.
     *
     * @param to without its lines
     * @param head as it was written
     * @param hidesLength whether the length that the head tells stands for one that is not known yet
     */
    public void passes(Upstream to, HeadWriter head, boolean hidesLength) {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (Mark mark : marks) {
            String text = head.text(from, mark.end);
            for (String line : text.isEmpty() ? new String[0] : text.split("\r\n")) {
                boolean isLength = hidesLength && mark.directive == null && line.startsWith("Content-Length: ");
                String shown = isLength ? "Content-Length: " + placeholder("as much as comes") : line;
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

    /** The exchange: where it is, and with which URI. */
    public Exchange exchange() {
        return exchange;
    }

    /** Which server was chosen, and why; {@code null} if it did not come to that. */
    public VirtualServers.Choice server() {
        return server;
    }

    public List<Step> steps() {
        return steps;
    }

    /** How many steps there were beyond those of {@link #steps()}. */
    public int omitted() {
        return omitted;
    }

    /** What shows only when the request is sent. */
    public List<String> unknown() {
        return unknown;
    }

    /** What the error log would get. */
    public List<String> log() {
        return log;
    }

    /** What becomes of the request; {@code null} as long as that is not decided. */
    public Answer answer() {
        return answer;
    }

    /** What is passed on; {@code null} if nothing is. */
    public Upstream upstream() {
        return upstream;
    }

    /** Whether it is known which status the client gets. */
    public boolean isDecided() {
        return answer != null && answer.status > 0;
    }
}
