package hopyard.proxy.http;

import hopyard.http.server.HttpConnection;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.trace.Addresses;
import hopyard.trace.TraceParent;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.StreamSinkChannel;

/**
 * One request and its response on their way through the phases (nginx's {@code r}). Lives on one I/O thread.
 */
public final class Exchange implements Runnable, ExchangeCompletionListener {

    /** nginx's code for "the client went away", which only its logs ever show. */
    public static final int CLIENT_CLOSED_REQUEST = 499;

    /** nginx's code for "close the connection without an answer". */
    public static final int CLOSE = 444;

    /** So many lines of the error log are kept with an exchange. */
    private static final int MAX_LINES = 16;

    /** What is kept of one, in characters. */
    private static final int MAX_LINE = 2048;

    /** What stands for the rest of a line of the error log. */
    public static final String CUT = "...";

    private static final byte[] NOTHING = {};

    /** nginx's {@code ngx_http_variable_depth}. */
    private static final int MAX_EVALUATING = 100;

    private final HttpServerExchange http;
    /** Whose subrequest this is; {@code null} for a client's own. */
    private final Exchange outer;

    private final ClientConnection client;
    private final Configuration configuration;
    private final VirtualServers servers;
    /** Gets told what happens, where the request is only tried; else {@code null}. */
    private final Trail trail;

    private final long startNanos = System.nanoTime();
    private final Clock clock;
    private final Phases phases = new Phases(this);

    private VirtualServer server;
    private Location location;

    private String path;
    private String protocol;
    /** The first line of a request that cannot be understood. */
    private String mistakenLine;

    private String uri;
    /** Whether {@link #rawPath()} and the received query still say what is asked for. */
    private boolean isAsReceived;

    private String args;
    private String host;
    private String requestId;
    private String[] slots;
    private MatchResult captures;
    private List<UpstreamTry> tries = List.of();
    /** The subrequest that decides whether the client may; {@code null} if there was none. */
    private Exchange authRequest;

    private Who source = Who.PROXY;
    private Why why;
    /** What has ended the exchange before its response was complete; {@code null} if nothing has. */
    private Why interrupted;

    private boolean isComplete;
    private boolean isOver;
    private String cacheStatus;
    private List<String> logged = List.of();
    private UpstreamUrl upstreamUrl;
    private String activity;
    private int loggedStatus;
    private InetSocketAddress remoteAddress;
    private Runnable onEnd;
    private String receivedMethod;
    private boolean internal;
    private boolean quotesCaptures;
    private boolean bodyAbandoned;
    /** Whether somebody reads the client's content and has not seen its end. */
    private boolean lacksContent;

    private boolean readsContent;
    /** Whether the exchange has ended while content was being read. */
    private boolean endedInRead;

    private int errorStatus;
    private long limitRate = -1;
    private String charset;
    private HeaderMap upstreamFields;
    private String proxyHost;
    private String proxyPort;
    private RangeRequest ranges;
    private FieldLines lines;
    private Capture capture;
    private boolean handlingError;
    private boolean upgraded;
    private long tunneled;
    private TunnelEnd tunnelEnd;
    private long received;
    /** What counts as held for this exchange, in bytes. */
    private long held;
    /** How many variables' values are being looked up, each for the one before. */
    private int evaluating;

    private boolean isInCircle;
    /** What this is made for, if it is a subrequest. */
    private String purpose;
    /** Under which id the recorder keeps it; 0 as long as it does not. */
    private long recordedAs;

    Exchange(HttpServerExchange http, ClientConnection client, Configuration configuration, VirtualServers servers) {
        this(http, client, configuration, servers, null);
    }

    /** A request that is only tried, if there is a trail: see {@link Rehearsal}. */
    Exchange(
            HttpServerExchange http,
            ClientConnection client,
            Configuration configuration,
            VirtualServers servers,
            Trail trail) {
        this.http = http;
        this.trail = trail;
        outer = null;
        this.client = client;
        this.configuration = configuration;
        this.servers = servers;
        long begun = http.getRequestStartTime();
        clock = new Clock(begun < 0 ? startNanos : begun, startNanos, configuration.recorder() != null);
    }

    /** A subrequest. */
    Exchange(HttpServerExchange http, Exchange outer, String uri, String args) {
        this.http = http;
        this.outer = outer;
        clock = new Clock(startNanos, startNanos, false);
        client = outer.client;
        configuration = outer.configuration;
        servers = outer.servers;
        trail = outer.trail == null ? null : new Trail();
        server = outer.server;
        location = server.level();
        path = outer.path;
        protocol = outer.protocol;
        host = outer.host;
        requestId = outer.requestId();
        slots = outer.slots();
        remoteAddress = outer.remoteAddress;
        receivedMethod = outer.receivedMethod == null ? outer.method() : outer.receivedMethod;
        internal = true;
        this.uri = uri;
        this.args = args;
    }

    // ---- the way through the phases

    @Override
    public void run() {
        http.addExchangeCompleteListener(this);
        try {
            if (outer == null) {
                client.requestStarted(this);
            }
            start();
        } catch (IOException | RuntimeException | StackOverflowError e) {
            crash(e);
        }
    }

    /** The same with nobody connected: see {@link Rehearsal}. */
    void rehearse() {
        trail.belongsTo(this);
        try {
            start();
        } catch (IOException | RuntimeException | StackOverflowError e) {
            crash(e);
        } catch (Rehearsal.NotRehearsed e) {
            trail.isOpen(e.getMessage());
        } finally {
            HeldMemory.free(held);
            held = 0;
        }
    }

    private void start() throws IOException {
        if (outer == null) {
            begin();
        } else {
            phases.start();
        }
    }

    private void begin() throws IOException {
        path = RequestHeader.pathOf(http);
        protocol = http.getProtocol().toString();
        args = http.getQueryString();
        host = RequestHeader.hostOf(http, client);
        // looking for the server may fail, and the answer to that is the default one's
        server = servers.byDefault();
        location = server.level();
        server = servers.find(host, this);
        location = server.level();
        if (RequestChecks.pass(this)) {
            isAsReceived = true;
            phases.start();
        }
    }

    /** Begins where the other one's response is made: the same location, the same URI. */
    void startAt(Exchange other) {
        phases.startAt(other.phases);
        isAsReceived = other.isAsReceived;
    }

    /** Its way through the phases. */
    public Phases phases() {
        return phases;
    }

    /** Has it in that location from here on. */
    void location(Location where) {
        location = where;
    }

    /** Gives the request another URI and query. */
    void target(String newUri, String newArgs) {
        isAsReceived = false;
        uri = newUri;
        args = newArgs;
    }

    /** From here on, the URI is not what the client has asked for. */
    void becomeInternal() {
        internal = true;
    }

    /** The first line of a request that cannot be understood. */
    void mistakenLine(String line) {
        mistakenLine = line;
    }

    /** What a request that is only tried has gone through; {@code null} for one that is served. */
    public Trail trail() {
        return trail;
    }

    /** The status that the client gets, if the response began now. */
    int clientStatus() {
        return errorStatus != 0 ? errorStatus : http.getStatusCode();
    }

    /**
     * Goes on later, when something is there that is neither the client's nor an upstream's response. A client that leaves
     * meanwhile ends the exchange, unless some of its request is still to come.
     */
    public void pause(Stage stage) {
        clock.enter(stage);
        if (http.isRequestComplete() && http.getConnection() instanceof HttpConnection connection) {
            connection.watch(() -> {
                log(ErrorLog.Level.INFO, "client prematurely closed connection");
                clientClosed();
            });
        }
    }

    /** Ends the pause; false if the exchange is over, so that nothing is to be done any more. */
    public boolean resume() {
        if (isOver) {
            return false;
        }
        clock.enter(Stage.OWN);
        if (http.isRequestComplete() && http.getConnection() instanceof HttpConnection connection) {
            connection.unwatch();
        }
        return true;
    }

    /** Says what a subrequest is made for, for whoever reads its lines of the error log. */
    public void isFor(String what) {
        purpose = what;
    }

    /** The exchange is kept under this id. */
    public void recordedAs(long id) {
        recordedAs = id;
    }

    /** Whether this is a request that the server makes of itself. */
    public boolean isSubrequest() {
        return outer != null;
    }

    /** Whether what the client sends as content is nobody's any more. */
    public boolean isBodyAbandoned() {
        return bodyAbandoned;
    }

    /** Has what is still to come of the client's content dropped: whoever was reading it reads no more. */
    public void abandonBody() {
        bodyAbandoned = true;
        if (http.getConnection() instanceof HttpConnection connection) {
            connection.discardContent();
        }
    }

    /** Whether there is a configured page for the status code here. */
    public boolean hasErrorPage(int status) {
        return location.core().errorPage(status) != null;
    }

    /** Has parts of the content sent, as the request asks; decided when its header goes out. */
    public void ranges(RangeRequest wanted) {
        ranges = wanted;
    }

    /** How fast the response is sent from here on, whatever {@code limit_rate} says: bytes per second, 0 for no limit. */
    public void limitRate(long bytesPerSecond) {
        limitRate = bytesPerSecond;
    }

    /** What {@link #limitRate} was set to; negative if it was not. */
    public long limitRate() {
        return limitRate;
    }

    /** The charset that the response is said to be in, whatever {@code charset} says. */
    public void charset(String name) {
        charset = name;
    }

    /** What {@link #charset} was set to; {@code null} if it was not. */
    public String charset() {
        return charset;
    }

    /** Whether the response is an error page; its status is then that of the error. */
    public boolean isErrorPage() {
        return errorStatus != 0;
    }

    /** Goes on as the error page for a status code. */
    void enterErrorPage(int status, int shownStatus) {
        handlingError = !location.core().recursiveErrors();
        errorStatus = shownStatus;
        bodyAbandoned |= !http.isRequestComplete();
        if (closesAfter(status)) {
            http.setPersistent(false);
        }
        askWithGet();
    }

    /** Goes on as if the client had asked with GET, unless it has asked with HEAD. */
    void askWithGet() {
        HttpString method = http.getRequestMethod();
        if (!method.equals(Methods.HEAD) && !method.equals(Methods.GET)) {
            receivedMethod = method.toString();
            http.setRequestMethod(Methods.GET);
        }
    }

    /** A stack that overflows does so by what a client or the configuration has put into each other. */
    void crash(Throwable e) {
        if (e instanceof Regex.LimitReached) {
            log(ErrorLog.Level.ALERT, e.getMessage());
        } else {
            log(ErrorLog.Level.CRIT, "internal error: " + e);
        }
        if (http.isResponseStarted()) {
            interrupt(Why.INTERNAL_ERROR);
            abort();
        } else {
            fail(500);
        }
    }

    // ---- the response

    /** Answers with the page for a status code: the configured one ({@code error_page}), else nginx's own. */
    public void fail(int status) {
        if (trail != null) {
            trail.step(Trail.Kind.STATUS, null, null, "the status is " + status);
        }
        if (status == CLOSE) {
            interrupt(Why.CLOSED);
            abort();
            return;
        }
        because(Why.ofStatus(status));
        ErrorPage configured = location.core().errorPage(status);
        if (configured != null && phases.mayRedirect() && !handlingError) {
            configured.send(this, status);
            return;
        }
        failPlainly(status);
    }

    /** Answers with nginx's own page for a status code. */
    void failPlainly(int status) {
        byte[] page = ErrorPages.page(status, location.core().serverTokens() ? ServerName.TEXT : ServerName.PSEUDONYM);
        if (closesAfter(status)) {
            http.setPersistent(false);
        }
        errorStatus = 0;
        loggedStatus = ErrorPages.sent(status);
        because(Why.ofStatus(status));
        // an upstream may have said another for the response that this one replaces
        http.setReasonPhrase(null);
        if (page != null && status >= 400 && location.core().msiePadding() && Browsers.isPadded(this)) {
            page = ErrorPages.padded(page);
        }
        respond(ErrorPages.sent(status), "text/html", page == null ? NOTHING : page);
    }

    /** Whether what follows on the connection cannot be trusted, or is not wanted. */
    private static boolean closesAfter(int status) {
        return status == 400
                || status == 413
                || status == 414
                || status == ErrorPages.HEADER_TOO_LARGE
                || status == ErrorPages.PLAIN_HTTP
                || status == 500;
    }

    /** Answers with a whole body. */
    public void respond(int status, String type, byte[] body) {
        http.setStatusCode(status);
        if (trail != null) {
            trail.responds(this, body);
            return;
        }
        HeaderMap headers = responseHeaders();
        if (type != null && (body.length > 0 || status < 300)) {
            headers.put(Headers.CONTENT_TYPE, type);
        }
        headers.put(Headers.CONTENT_LENGTH, body.length);
        BytesBody.send(this, body);
    }

    /** Answers with a redirect; a URL without a host is completed with the one that was asked for. */
    public void redirectClient(int status, String url) {
        ClientRedirect.send(this, status, url);
    }

    /** A URL without a host, completed with the one that was asked for; any other as it is. */
    public String absolute(String url) {
        return ClientRedirect.absolute(this, url);
    }

    /** Whether the client's own path holds control characters, which then are what a head must not hold. */
    public boolean hasSentControls() {
        String decoded = RequestTarget.normalize(path, false);
        return decoded != null && decoded.chars().anyMatch(c -> c < ' ' || c == 0x7f);
    }

    /** The fields of the response, apart from what goes straight into lines and nobody has asked for yet. */
    public HeaderMap responseHeaders() {
        HeaderMap fields = http.getResponseHeaders();
        if (lines != null && !lines.isEmpty()) {
            if (http.isResponseStarted()) {
                // they have been sent as they are
                HeaderMap all = new HeaderMap();
                fields.forEach(values -> all.putAll(values.getHeaderName(), values));
                lines.copyTo(all);
                return all;
            }
            lines.moveTo(fields);
        }
        return fields;
    }

    /** Takes a field out of the response: its values joined by commas, {@code null} if it has none. */
    public String takeResponseField(HttpString name) {
        HeaderMap fields = http.getResponseHeaders();
        HeaderValues values = fields.get(name);
        if (values == null) {
            return lines == null ? null : lines.remove(name);
        }
        String joined = String.join(", ", values);
        fields.remove(name);
        String more = lines == null ? null : lines.remove(name);
        return more == null ? joined : joined + ", " + more;
    }

    /** The reason phrase of an upstream; what would be said anyway is not kept. */
    public void reasonPhrase(String phrase) {
        int status = http.getStatusCode();
        String usual = ErrorPages.reason(status);
        if (!phrase.equals(usual == null ? StatusCodes.getReason(status) : usual)) {
            http.setReasonPhrase(phrase);
        } else if (http.getReasonPhrase() != null) {
            http.setReasonPhrase(null);
        }
    }

    /** The lines that hold the response's header section as it was sent; {@code null} if none was, or not in this way. */
    public FieldLines sentLines() {
        return lines == null || lines.sectionLength() == 0 ? null : lines;
    }

    /** Fields of the response that need no more than to be sent. */
    public FieldLines responseLines() {
        if (lines == null) {
            lines = FieldLines.take();
        }
        return lines;
    }

    /** Does what is due before a response header goes out: keep-alive, {@code Server}, the location's filters. */
    public void prepareResponse() {
        ResponseStart.prepare(this);
    }

    /** Prepares the response and opens its body. */
    public StreamSinkChannel startResponse() {
        return ResponseStart.start(this);
    }

    /** The status of the error that an error page is for; 0 if the response is none. */
    int errorStatus() {
        return errorStatus;
    }

    /** Which parts of the content are sent; {@code null} for all of it. */
    RangeRequest ranges() {
        return ranges;
    }

    /** Closes the client's connection, whatever was under way. */
    public void abort() {
        if (trail != null) {
            trail.closes();
            return;
        }
        if (loggedStatus == 0 && !http.isResponseStarted()) {
            loggedStatus = CLOSE;
        }
        IoUtils.safeClose(http.getConnection());
    }

    /** The client went away before it had its answer. */
    public void clientClosed() {
        interrupt(Why.CLIENT_LEFT);
        leftWithoutAnswer();
        IoUtils.safeClose(http.getConnection());
    }

    /** nginx's status of a client that has gone before its response began: another one where it broke its own request off. */
    private void leftWithoutAnswer() {
        if (!http.isResponseStarted()) {
            loggedStatus = lacksContent ? StatusCodes.BAD_REQUEST : CLIENT_CLOSED_REQUEST;
        }
    }

    /** Says whether there is more of the client's content that is wanted. */
    public void lacksContent(boolean lacks) {
        lacksContent = lacks;
    }

    /**
     * Says whether content is being read. That may find the client gone, which ends the exchange: it is not written down before
     * the reader has said why.
     */
    public void readsContent(boolean reads) {
        readsContent = reads;
        if (!reads && endedInRead) {
            endedInRead = false;
            ended();
        }
    }

    /** Has {@code cleanUp} run when the exchange is over, in whatever way it ends. */
    public void onEnd(Runnable cleanUp) {
        Runnable earlier = onEnd;
        onEnd = earlier == null
                ? cleanUp
                : () -> {
                    earlier.run();
                    cleanUp.run();
                };
    }

    @Override
    public void exchangeEvent(HttpServerExchange exchange, NextListener next) {
        try {
            if (onEnd != null) {
                onEnd.run();
            }
            boolean isOpen = exchange.getConnection().isOpen();
            if (!upgraded || !isOpen) {
                isComplete = isOpen;
                endedInRead = readsContent;
                if (!endedInRead) {
                    ended();
                }
            }
            if (lines != null) {
                lines.giveBack();
                lines = null;
            }
        } finally {
            next.proceed();
        }
    }

    /** Counts memory on the heap until the exchange is over, in bytes; false if there is no room for it. */
    public boolean hold(long bytes) {
        if (!HeldMemory.take(bytes)) {
            return false;
        }
        held += bytes;
        return true;
    }

    private void ended() {
        isOver = true;
        if (held > 0) {
            HeldMemory.free(held);
            held = 0;
        }
        if (outer != null) {
            return;
        }
        if (!isComplete && interrupted == null) {
            // who writes to a connection may find it gone, which ends the exchange under its feet
            interrupt(Why.CLIENT_LEFT);
            leftWithoutAnswer();
        }
        try {
            for (AccessLog log : location.accessLogs()) {
                log.log(this);
            }
            if (isRecorded()) {
                configuration.recorder().finished(this);
            }
        } catch (RuntimeException e) {
            log(ErrorLog.Level.CRIT, "internal error: " + e);
        } finally {
            client.requestEnded(keepaliveTimeout());
        }
    }

    /**
     * Answers 101 and hands the client's connection over. The exchange is over, and logged, at {@link #tunnelEnded}.
     *
     * @param onUpgraded gets the connection when the response has been sent
     * @param onFailed called instead if the client has gone
     */
    public void upgrade(Consumer<StreamConnection> onUpgraded, Runnable onFailed) {
        if (!http.getConnection().isOpen()) {
            onFailed.run();
            clientClosed();
            return;
        }
        http.upgradeChannel((channel, exchange) -> onUpgraded.accept(channel));
        upgraded = true;
        prepareResponse();
        responseHeaders();
        http.endExchange();
    }

    /** Counts bytes that went to the client through a tunnel. */
    public void tunneled(long bytes) {
        tunneled += bytes;
    }

    /** The upgraded connection is closed. */
    public void tunnelEnded(TunnelEnd how) {
        tunnelEnd = how;
        isComplete = interrupted == null;
        ended();
    }

    /** How the upgraded connection has ended; {@code null} if there was none. */
    public TunnelEnd tunnelEnd() {
        return tunnelEnd;
    }

    /** Counts bytes of content that came from the client. */
    public void received(long bytes) {
        received += bytes;
    }

    /** Bytes of content that came from the client and were wanted. */
    public long bodyBytesReceived() {
        return received;
    }

    /** Bytes of content that were sent to the client: {@code $body_bytes_sent}. */
    public long bodyBytesSent() {
        return http.getResponseBytesSent() + tunneled;
    }

    /** Whether somebody wants to know what the messages of this exchange looked like. */
    public boolean isRecorded() {
        return outer == null && configuration.recorder() != null && location.isRecorded();
    }

    /**
     * Keeps the beginnings of contents; {@code null} where nobody wants them. Made on first use.
     */
    public Capture capture() {
        if (capture == null && location.keptContent() > 0 && isRecorded()) {
            capture = new Capture(this, location.keptContent());
        }
        return capture;
    }

    /** The same; {@code null} if nobody has asked for it. */
    public Capture captureIfAny() {
        return capture;
    }

    /** The first value of a field that the response has so far, wherever it stands; {@code null} for none. */
    String responseField(HttpString name) {
        String value = http.getResponseHeaders().getFirst(name);
        return value == null && lines != null ? lines.first(name) : value;
    }

    /** How it is now; {@code null} if that is nobody's business, or it has ended. Called on the exchange's I/O thread. */
    Pending pending(long now) {
        if (isOver || !isRecorded()) {
            return null;
        }
        return new Pending(
                client.serial(),
                client.requests(),
                receivedMethod == null ? method() : receivedMethod,
                requestUri(),
                host,
                client.from(),
                now - clock.begun(),
                clock.stage(),
                now - clock.since(),
                tries.isEmpty() ? null : tries.get(tries.size() - 1).server(),
                http.isResponseStarted() ? status() : 0,
                bodyBytesSent(),
                location.keptContent() > 0,
                messages() == null ? -1 : messages().count());
    }

    /**
     * The same with its messages.
     *
     * @param request its number on its connection; {@code null} is returned where another one is under way
     * @param after how many of the kept messages to leave out
     */
    UnderWay underWay(long now, long request, int after) {
        Pending pending = client.requests() == request ? pending(now) : null;
        return pending == null
                ? null
                : new UnderWay(
                        pending, messages() == null ? List.of() : messages().kept(after));
    }

    private Messages messages() {
        return capture == null ? null : capture.messagesIfAny();
    }

    long keepaliveTimeout() {
        return location.core().keepaliveTimeout();
    }

    // ---- the request

    /** Undertow's view of the exchange. */
    public HttpServerExchange http() {
        return http;
    }

    /**
     * A buffer for content, empty.
     *
     * @throws IOException if there are too many already
     */
    public PooledByteBuffer buffer() throws IOException {
        return BufferPool.take(http.getConnection().getByteBufferPool());
    }

    /** Whose request it is: the other end of the connection, unless a trusted proxy there has named another. */
    public InetSocketAddress remoteAddress() {
        return remoteAddress == null ? client.peer() : remoteAddress;
    }

    /** The address of {@link #remoteAddress()} as text: {@code $remote_addr}. */
    public String remoteHost() {
        return remoteAddress == null ? client.host() : Addresses.host(remoteAddress.getAddress());
    }

    /** Whether a trusted proxy has named the client already. */
    public boolean hasRemoteAddress() {
        return remoteAddress != null;
    }

    /** Takes over what a trusted proxy says of the client; port 0 stands for one that it does not tell. */
    public void remoteAddress(InetSocketAddress address) {
        remoteAddress = address;
    }

    public ClientConnection client() {
        return client;
    }

    public Configuration configuration() {
        return configuration;
    }

    public VirtualServer server() {
        return server;
    }

    public Location location() {
        return location;
    }

    /** When the request's head had been read, on the scale of {@link System#nanoTime()}. */
    public long startNanos() {
        return startNanos;
    }

    /** Where the time goes. */
    public Clock clock() {
        return clock;
    }

    public String method() {
        return http.getRequestMethod().toString();
    }

    /** The target as it was received, {@code $request_uri}. */
    public String requestUri() {
        String received = http.getQueryString();
        if (received.isEmpty()) {
            return http.getRequestURI().endsWith("?") ? path + "?" : path;
        }
        return path + "?" + received;
    }

    /** The target as somebody is shown it: of a request that cannot be understood, what stands in its place. */
    public String shownTarget() {
        if (mistakenLine == null) {
            return requestUri();
        }
        int start = mistakenLine.indexOf(' ') + 1;
        int end = mistakenLine.lastIndexOf(" HTTP/");
        return ErrorLog.onOneLine(mistakenLine.substring(start, end < start ? mistakenLine.length() : end))
                .strip();
    }

    /** The normalized path, {@code $uri}. */
    public String uri() {
        return uri == null ? path : uri;
    }

    /** Whether a rewrite, an internal redirect or a subrequest has led here, and not the client's own target. */
    public boolean isInternal() {
        return internal;
    }

    /** Gives the request another URI without looking for another location. */
    public void uri(String newUri) {
        uri = newUri;
    }

    /** Whether nothing has changed what the client asked for, so that its target may be sent on as it is. */
    public boolean hasOriginalUri() {
        return isAsReceived;
    }

    /** The URI as it is written into a request: nginx leaves what came without an escape as it came. */
    public String writtenUri(int from) {
        String rest = from == 0 ? uri : uri.substring(Math.min(from, uri.length()));
        return internal || path.indexOf('%') >= 0 ? Escape.URI.apply(rest) : rest;
    }

    /** Whether captures of the URI are to be encoded again where they become part of one, as in nginx. */
    public boolean isEncoded() {
        return path.indexOf('%') >= 0 || path.indexOf('+') >= 0;
    }

    /** The path as it was received, without the query. */
    public String rawPath() {
        return path;
    }

    /** The query without its question mark; empty if there is none. */
    public String args() {
        return args;
    }

    /** Gives the request another query. */
    public void args(String newArgs) {
        isAsReceived = false;
        args = newArgs;
    }

    /** The first line of the request. */
    public String requestLine() {
        if (mistakenLine != null) {
            return mistakenLine;
        }
        return (receivedMethod == null ? method() : receivedMethod) + " " + requestUri() + " " + protocol;
    }

    /** The version that the client speaks: {@code HTTP/1.1}. */
    public String protocol() {
        return protocol;
    }

    /** The host that the request is for, in lower case without a port; empty if it names none. */
    public String host() {
        return host;
    }

    /** A request header's first value, or {@code null}. */
    public String header(HttpString name) {
        return http.getRequestHeaders().getFirst(name);
    }

    /** 32 hex digits that name this request, made on first use: {@code $request_id}. */
    public String requestId() {
        if (requestId == null) {
            requestId = TraceParent.Hex.random(32);
        }
        return requestId;
    }

    /** The same; {@code null} if nobody has asked for it yet. */
    public String requestIdIfAny() {
        return requestId;
    }

    /** Takes over the id that a trusted peer has given the request. */
    public void requestId(String id) {
        requestId = id;
    }

    /** The values of changeable variables; {@code null} where none is set yet. */
    public String[] slots() {
        if (slots == null) {
            slots = new String[configuration.slotCount()];
        }
        return slots;
    }

    /**
     * Looks up the value of a variable, which may ask for others' values. Of those that ask for each other without end, one has
     * none, as in nginx.
     *
     * @return {@code null} then
     */
    String evaluate(String variable, Function<Exchange, String> lookUp) {
        if (isInCircle || evaluating == MAX_EVALUATING) {
            if (!isInCircle) {
                log(ErrorLog.Level.ERROR, "cycle while evaluating variable \"" + variable + "\"");
            }
            // each value in the circle may ask several times: by and by that would be powers of two
            isInCircle = true;
            return null;
        }
        evaluating++;
        try {
            return lookUp.apply(this);
        } finally {
            isInCircle &= --evaluating > 0;
        }
    }

    /** Remembers what a regular expression captured, for {@code $1} and so on. */
    public void capture(Matcher matcher) {
        captures = matcher.toMatchResult();
    }

    /** What the last regular expression captured in that group, or {@code null}. */
    public String capture(int group) {
        return captures == null || group > captures.groupCount() ? null : captures.group(group);
    }

    /** Forgets what was captured. */
    public void forgetCaptures() {
        captures = null;
    }

    /** Whether {@code set} encodes captures of an encoded URI again; nginx does until a {@code rewrite} has matched. */
    public boolean quotesCaptures() {
        return quotesCaptures;
    }

    /** See {@link #quotesCaptures()}. */
    public void quotesCaptures(boolean quotes) {
        quotesCaptures = quotes;
    }

    // ---- what happened, for variables, headers and logs

    /** The status code that logs show. */
    public int status() {
        if (loggedStatus != 0) {
            return loggedStatus;
        }
        return errorStatus != 0 ? errorStatus : http.getStatusCode();
    }

    /** The host that proxy_pass names: {@code $proxy_host}; {@code null} if the request is not forwarded. */
    public String proxyHost() {
        return proxyHost;
    }

    /** The port that proxy_pass names: {@code $proxy_port}; {@code null} if the request is not forwarded. */
    public String proxyPort() {
        return proxyPort;
    }

    public void proxyTo(String newHost, String port) {
        proxyHost = newHost;
        proxyPort = port;
    }

    /** The attempts to have the request answered by an upstream server. */
    public List<UpstreamTry> tries() {
        return tries;
    }

    public void addTry(UpstreamTry attempt) {
        if (tries.isEmpty()) {
            // as it nearly always stays
            tries = List.of(attempt);
            return;
        }
        clock.nextAttempt(tries.get(tries.size() - 1), attempt.startedAt());
        tries = new ArrayList<>(tries);
        tries.add(attempt);
    }

    /** Keeps what variables ask for of an upstream's response header. */
    public void keepUpstreamFields(ResponseHead head) {
        Set<HttpString> kept = configuration.keptUpstreamFields();
        if (kept.isEmpty()) {
            return;
        }
        upstreamFields = new HeaderMap();
        for (int i = 0; i < head.count(); i++) {
            if (kept.contains(head.name(i))) {
                upstreamFields.add(head.name(i), head.value(i));
            }
        }
    }

    /** What was kept of the last upstream's response header; {@code null} if nothing was. */
    public HeaderMap upstreamFields() {
        return upstreamFields;
    }

    /** Why the proxy itself failed the request: an error type of RFC 9209 §2.3, or {@code null}. */
    public String proxyError() {
        return why == null ? null : why.proxyError();
    }

    /**
     * Why the client gets what it gets. The first reason counts: an error page is no reason of its own. Where an upstream has left
     * the answer to this server, and no file comes of that, it is what comes of it.
     */
    public void because(Why reason) {
        if (why == null || why == Why.ACCEL_REDIRECT && reason != Why.STATIC && reason != Why.OTHER) {
            why = reason;
        }
    }

    /** The same of an upstream that was asked: it counts more than what had it asked, as for an error page. */
    public void becauseOfUpstream(Why reason) {
        why = reason;
    }

    /** Remembers the subrequest that decides whether the client may. */
    public void authRequest(Exchange subrequest) {
        authRequest = subrequest;
    }

    /** That subrequest; {@code null} if there was none. */
    public Exchange authRequest() {
        return authRequest;
    }

    /**
     * The response is somebody else's, whatever has gone wrong before.
     *
     * @param reason {@code null} where there is nothing to say
     */
    public void answeredBy(Who whose, Why reason) {
        source = whose;
        why = reason;
    }

    /** Whose response the client gets. */
    public Who answeredBy() {
        return http.isResponseStarted() ? source : Who.NOBODY;
    }

    /** Why; {@code null} if there is nothing to say. */
    public Why why() {
        return why;
    }

    /** The response ends before it is complete; the first reason counts. */
    public void interrupt(Why reason) {
        if (interrupted == null) {
            interrupted = reason;
        }
    }

    /** Why the response is not complete; {@code null} if it is. */
    public Why interrupted() {
        return isComplete ? null : interrupted;
    }

    /** How it has ended. */
    public Outcome outcome() {
        if (!isComplete) {
            return switch (interrupted) {
                case CLIENT_LEFT, CLIENT_TIMEOUT -> Outcome.CLIENT_LEFT;
                case CLOSED -> Outcome.CLOSED;
                default -> http.isResponseStarted() ? Outcome.CUT : Outcome.FAILED;
            };
        }
        return why == null || source == Who.APP ? Outcome.OK : why.outcome();
    }

    /** What the cache had to do with it, {@code $upstream_cache_status}; {@code null} for nothing. */
    public String cacheStatus() {
        return cacheStatus;
    }

    public void cacheStatus(String status) {
        cacheStatus = status;
    }

    /** Knows the URL that error log lines name, and is asked for it when a line is written. */
    public interface UpstreamUrl {
        String upstreamUrl();
    }

    /** Says what is being done and to which upstream URL, for error log lines; {@code null} for nothing special. */
    public void doing(String what, UpstreamUrl url) {
        activity = what;
        upstreamUrl = url;
    }

    public boolean logs(ErrorLog.Level level) {
        return location.core().errorLog().isOn(level);
    }

    /** Writes to the error log, with what nginx adds about the request. */
    public void log(ErrorLog.Level level, String message) {
        ErrorLog log = location.core().errorLog();
        if (trail != null) {
            trail.logged(level, message, log.isOn(level));
            return;
        }
        if (!log.isOn(level)) {
            return;
        }
        StringBuilder out = new StringBuilder(message);
        if (activity != null) {
            out.append(" while ").append(activity);
        }
        StringBuilder context = new StringBuilder();
        context.append(", client: ").append(remoteHost());
        context.append(", server: ").append(server.name());
        context.append(", request: \"").append(requestLine()).append('"');
        if (outer != null) {
            context.append(", subrequest: \"").append(uri()).append('"');
        }
        if (upstreamUrl != null) {
            context.append(", upstream: \"").append(upstreamUrl.upstreamUrl()).append('"');
        }
        String hostHeader = header(Headers.HOST);
        if (hostHeader != null) {
            context.append(", host: \"").append(hostHeader).append('"');
        }
        String line = log.write(level, client.serial(), out.toString(), context.toString());
        keepLine(outer == null ? line : line + ofSubrequest());
    }

    /** What the client's exchange does not say of a line: that another request was made, what for and to whom. */
    private String ofSubrequest() {
        String url = upstreamUrl == null ? "" : upstreamUrl.upstreamUrl().replaceFirst("\\?.*", "");
        return ", subrequest: \"" + uri() + "\" (" + purpose + ")"
                + (url.isEmpty() ? "" : ", upstream: \"" + url + "\"");
    }

    /** Keeps a line of the error log with the exchange, but for what the exchange says anyway, if there is room. */
    private void keepLine(String line) {
        if (outer != null) {
            outer.keepLine(line);
            return;
        }
        if (isOver && recordedAs > 0) {
            configuration.recorder().logged(recordedAs, line.length() > MAX_LINE ? cut(line) : line);
            return;
        }
        boolean isWanted = !isOver && configuration.recorder() != null && logged.size() < MAX_LINES;
        if (isWanted && hold(Math.min(line.length(), MAX_LINE))) {
            logged = logged.isEmpty() ? new ArrayList<>(1) : logged;
            logged.add(line.length() > MAX_LINE ? cut(line) : line);
        }
    }

    /** The beginning of a line, and {@link #CUT}. Of half a word nobody could tell whether it is a secret. */
    private static String cut(String line) {
        return line.substring(0, line.lastIndexOf(' ', MAX_LINE) + 1) + CUT;
    }

    /** What has been written to the error log about the exchange; a line that was longer ends with {@link #CUT}. */
    public List<String> logged() {
        return logged;
    }
}
