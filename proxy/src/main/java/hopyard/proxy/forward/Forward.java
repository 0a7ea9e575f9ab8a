package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.http.Tokens;
import hopyard.memory.BufferPool;
import hopyard.memory.StreamBuffers;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.http.ClientContent;
import hopyard.proxy.http.Clock;
import hopyard.proxy.http.ContinueResponse;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.ErrorPages;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Preconditions;
import hopyard.proxy.http.RangeRequest;
import hopyard.proxy.http.Recorder;
import hopyard.proxy.http.ResponseStart;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.UpstreamState;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.http.Who;
import hopyard.proxy.http.Why;
import hopyard.proxy.upstream.BindFailure;
import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ConnectListener;
import hopyard.proxy.upstream.HeadWriter;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.Peers;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.TlsFailure;
import hopyard.proxy.upstream.UpstreamConnection;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * One exchange on its way to an upstream server and back: attempt after attempt until one brings a response, which is
 * then passed on. Lives on the I/O thread of the client's connection, and so do the upstream connections that it uses.
 */
public final class Forward
        implements UpstreamConnection.User,
                ConnectListener,
                BufferedBody.Listener,
                ResponsePump.Listener,
                UpstreamState.Url {

    /** Of an upstream's status codes, with {@code proxy_intercept_errors on}. */
    private static final int LOWEST_INTERCEPTED = 300;

    /** A response head that is longer than this counts as held while its exchange is under way, in bytes. */
    private static final int USUAL_HEAD = 2 << 10;

    /** As lines for the client, as a record, and as what variables ask for. */
    private static final int COPIES_OF_HEAD = 3;

    /** Nobody has more to say before the response than a few early hints. */
    private static final int MOST_INTERIM_RESPONSES = 16;

    /** The most that {@code proxy_buffer_size} is taken for, in bytes. */
    private static final long LARGEST_HEAD = 1 << 20;

    /** Stands for a request head that is out already. */
    private static final ByteBuffer SENT = ByteBuffer.allocate(0);

    private static final String CONNECTING = "connecting to upstream";
    /** How much is gathered before the client gets it, in bytes: one of nginx's {@code proxy_buffers}, rounded up. */
    private static final int GATHERED = 16 << 10;

    private static final String HANDSHAKING = "SSL handshaking to upstream";
    private static final String SENDING = "sending request to upstream";
    private static final String READING_HEADER = "reading response header from upstream";
    private static final String READING_BODY = "reading upstream";

    private final Exchange exchange;
    private final Clock clock;
    private final Forwarding forwarding;
    private final ForwardSettings settings;
    private final RequestHead requestHead;
    private final CacheUse cache;
    private final Peers peers;
    private final PeerSelection selection;

    private RequestBody body = RequestBody.EMPTY;
    private Peer peer;
    private UpstreamTry attempt;
    private UpstreamConnection upstream;
    private PooledByteBuffer head;
    private int headLength;
    private boolean sending;
    /** Whether the client has not sent yet what is to be sent on. */
    private boolean lacksContent;

    private boolean requestSent;
    /** A buffer that is being filled: with a head that is not complete, or with content to gather. */
    private PooledByteBuffer partial;

    private BodyDecoder decoder;
    private boolean keepAlive;
    private boolean buffering;
    private ResponsePump pump;
    private ContentCopy copy;
    private RangeRequest range;
    private long offered;
    /** Whether the client gets nothing of the content. */
    private boolean isSilent;

    /** When the upstream was last read from. */
    private long readAt;

    private long readingSince;
    private long bytesRead;
    /** Whether {@code proxy_limit_rate} has reading wait. */
    private boolean isHeldBack;

    private boolean holdsPeer;
    private boolean tunnels;
    private int interimResponses;
    private boolean over;

    private Forward(
            Exchange exchange, Forwarding forwarding, RequestHead requestHead, UpstreamGroup group, byte[] key) {
        this.exchange = exchange;
        clock = exchange.clock();
        this.forwarding = forwarding;
        settings = forwarding.settings();
        this.requestHead = requestHead;
        peers = group.on(exchange.ioThread());
        cache = CacheUse.of(exchange);
        selection = new PeerSelection(peers, settings.tries(), key);
        buffering = settings.buffering();
    }

    /**
     * Begins; from here on the forwarding owns the exchange.
     *
     * @param group whom to forward to
     * @param key what the choice of a server depends on, where the group's method has a key
     */
    public static void start(
            Exchange exchange, Forwarding forwarding, RequestHead requestHead, UpstreamGroup group, byte[] key) {
        if (exchange.trail() == null) {
            new Forward(exchange, forwarding, requestHead, group, key).start();
        } else {
            Draft.write(exchange, forwarding, requestHead, group);
        }
    }

    private void start() {
        exchange.lifetime().onEnd(this::exchangeEnded);
        exchange.upstream().passTo(requestHead.host(), requestHead.port());
        BufferedBody whole = WholeBody.of(exchange);
        if (ClientContent.isUnwanted(exchange)) {
            tryNextPeer();
        } else if (whole != null) {
            body = whole.share(exchange);
            bodyRead();
        } else if (exchange.isRequestComplete()) {
            bodyRead();
        } else if (ContinueResponse.isExpected(exchange)) {
            ContinueResponse.send(exchange, this::startWithBody, this::clientGone);
        } else {
            startWithBody();
        }
    }

    private void startWithBody() {
        if (settings.readsBodyFirst(exchange)) {
            BufferedBody buffered = new BufferedBody(exchange, this);
            body = buffered;
            WholeBody.seen(exchange, buffered);
            buffered.read();
        } else {
            String length = exchange.header(Headers.CONTENT_LENGTH);
            body = new StreamedBody(
                    exchange,
                    length == null ? RequestBody.CHUNKED : Long.parseLong(length),
                    requestHead,
                    this::continueSending);
            tryNextPeer();
        }
    }

    @Override
    public String upstreamUrl() {
        return requestHead.url(exchange, attempt.server());
    }

    @Override
    public void bodyRead() {
        if (settings.body() != null) {
            body.close();
            body = new FixedBody(settings.body().eval(exchange).getBytes(StandardCharsets.ISO_8859_1));
        } else if (!settings.passRequestBody()) {
            body.close();
            body = RequestBody.EMPTY;
        }
        if (!settings.ignoreClientAbort()) {
            exchange.lifetime().watchClient(this::clientGone);
        }
        tryNextPeer();
    }

    @Override
    public void bodyFailed(IOException e) {
        if (e instanceof ClientBodyException client) {
            clientFailed(client);
        } else {
            exchange.log(ErrorLog.Level.CRIT, "writing a temporary file failed (" + SystemErrors.text(e) + ")");
            finish(500);
        }
    }

    // ---- an attempt: choose, connect, send

    private void tryNextPeer() {
        freePeer();
        peer = selection.next();
        holdsPeer = peer != null;
        if (peer == null) {
            attempt = new UpstreamTry(peers.group().name(), null);
            exchange.upstream().add(exchange.clock(), attempt);
            attempt.ended(502);
            attempt.failed(Why.NO_LIVE_PEER);
            exchange.upstream().doing(CONNECTING, this);
            exchange.log(ErrorLog.Level.ERROR, "no live upstreams");
            if (cache == null || !cache.isServedStale(NextUpstream.ERROR)) {
                exchange.ending().becauseOfUpstream(Why.NO_LIVE_PEER);
                finish(502);
            }
            return;
        }
        attempt = new UpstreamTry(peer.settings().name(), peer.settings());
        interimResponses = 0;
        exchange.upstream().add(exchange.clock(), attempt);
        exchange.upstream().doing(CONNECTING, this);
        requestSent = false;
        String tlsName = tlsName();
        UpstreamConnection idle = peers.takeIdle(peer, Peers.kind(forwarding.tls(), tlsName));
        if (idle != null) {
            connected(idle);
        } else {
            clock.enter(Stage.CONNECT, attempt.startedAt());
            peers.connect(peer, connectOptions(tlsName), this);
        }
    }

    /** The method that the upstream is asked with. */
    private String method() {
        return requestHead.method(exchange);
    }

    /** Whom the upstream's certificate is for; {@code null} if TLS is not spoken. */
    private String tlsName() {
        return forwarding.tls() == null ? null : forwarding.tlsName(exchange);
    }

    private Peers.ConnectOptions connectOptions(String tlsName) {
        InetSocketAddress from = null;
        String address = settings.bind() == null ? "" : settings.bind().eval(exchange);
        if (!address.isEmpty()) {
            from = LocalAddress.parse(address);
            if (from == null) {
                exchange.log(ErrorLog.Level.ERROR, "invalid local address \"" + address + "\"");
            }
        }
        return new Peers.ConnectOptions(
                settings.connectTimeout(), from, settings.socketKeepalive(), forwarding.tls(), tlsName);
    }

    /** The peer counts this request no longer. */
    private void freePeer() {
        if (holdsPeer) {
            holdsPeer = false;
            selection.free(peer);
        }
    }

    @Override
    public void connected(UpstreamConnection connection) {
        if (over) {
            connection.close();
            return;
        }
        upstream = connection;
        upstream.use(this);
        attempt.connected(upstream);
        clock.enter(Stage.SEND, attempt.connectedAt());
        exchange.upstream().doing(SENDING, this);
        HeadWriter writer = peers.writer();
        writer.clear();
        requestHead.write(exchange, writer, body.length());
        if (writer.refused() != null) {
            finish(requestHead.refused(exchange, writer.refused()));
            return;
        }
        try {
            head = BufferPool.take(exchange.buffers());
        } catch (IOException e) {
            noMemory(e);
            return;
        }
        if (writer.length() > head.getBuffer().remaining()) {
            head.close();
            head = null;
            exchange.log(ErrorLog.Level.ERROR, "upstream request header of " + writer.length() + " bytes is too large");
            upstream.close();
            upstream = null;
            finish(500);
            return;
        }
        headLength = writer.length();
        writer.copyTo(head.getBuffer());
        if (Recorder.wants(exchange)) {
            attempt.sentHead(exchange.configuration().recorder().sent(exchange, writer));
        }
        head.getBuffer().flip();
        sending = true;
        continueSending();
    }

    @Override
    public void handshaking(String near, String far) {
        attempt.handshaking(near, far);
        exchange.upstream().doing(HANDSHAKING, this);
    }

    @Override
    public void connectFailed(IOException reason) {
        if (over) {
            return;
        }
        if (reason instanceof BindFailure) {
            unbound(reason);
        } else {
            exchange.log(
                    ErrorLog.Level.ERROR,
                    reason instanceof TlsFailure
                            ? reason.getMessage()
                            : "connect() failed (" + SystemErrors.text(reason) + ")");
            failed(NextUpstream.ERROR, ConnectionErrors.ofConnect(reason));
        }
    }

    /** No other server would do better: nginx answers 500, and none of them counts as failed. */
    private void unbound(IOException reason) {
        exchange.log(ErrorLog.Level.CRIT, reason.getMessage());
        attempt.failed(Why.BIND_FAILED);
        clock.enter(Stage.OWN);
        selection.ended(peer, false);
        exchange.ending().becauseOfUpstream(Why.BIND_FAILED);
        finish(500);
    }

    @Override
    public void connectTimedOut() {
        if (!over) {
            exchange.log(ErrorLog.Level.ERROR, "upstream timed out (110: Connection timed out)");
            failed(NextUpstream.TIMEOUT, attempt.from() == null ? Why.CONNECT_TIMEOUT : Why.TLS_TIMEOUT);
        }
    }

    private void continueSending() {
        if (!sending || over || upstream == null) {
            settle();
            return;
        }
        try {
            RequestBody.Progress progress = body.writeTo(upstream, head == null ? SENT : head.getBuffer());
            requestSent = true;
            if (head != null && !head.getBuffer().hasRemaining()) {
                // the content may take long
                freeHead();
            }
            lacksContent = progress == RequestBody.Progress.CLIENT_EMPTY;
            switch (progress) {
                case DONE -> requestWritten();
                case UPSTREAM_FULL -> {
                    upstream.expectWithin(settings.sendTimeout());
                    upstream.awaitWritable();
                    settle();
                }
                case CLIENT_EMPTY -> {
                    upstream.expectNothing();
                    settle();
                }
            }
        } catch (ClientBodyException e) {
            clientFailed(e);
        } catch (IOException e) {
            sendFailed(e);
        }
    }

    private void requestWritten() {
        sending = false;
        attempt.written(headLength + Math.max(0, body.length()));
        freeHead();
        if (pump == null) {
            exchange.upstream().doing(READING_HEADER, this);
        }
        // a request without content on a connection that was there has just begun
        boolean isJustNow = body == RequestBody.EMPTY && attempt.isReused();
        long now = isJustNow ? attempt.startedAt() : System.nanoTime();
        upstream.expectWithin(settings.readTimeout(), now);
        clock.enter(pump == null ? Stage.WAIT : Stage.OWN, now);
        settle();
        if (body instanceof StreamedBody && !settings.ignoreClientAbort()) {
            exchange.lifetime().watchClient(this::clientGone);
        }
    }

    /**
     * An upstream may answer and close before it has read the whole request; that answer is worth more than the failed
     * write. So the write just ends, and reading brings the answer or the failure.
     */
    private void sendFailed(IOException e) {
        sending = false;
        requestSent = true;
        freeHead();
        keepAlive = false;
        if (pump == null && !attempt.isReused()) {
            exchange.log(ErrorLog.Level.INFO, "writev() failed (" + SystemErrors.text(e) + ")");
        }
        exchange.upstream().doing(READING_HEADER, this);
        upstream.expectWithin(settings.readTimeout());
        settle();
    }

    /** Nothing can be done for now: tells the clock whom that is left to. */
    private void settle() {
        if (over) {
            return;
        }
        if (pump != null && pump.isBlocked()) {
            clock.awaitClient();
        } else if (sending) {
            clock.enter(lacksContent ? Stage.RECEIVE : Stage.SEND);
        } else if (upstream != null) {
            clock.enter(isHeldBack ? Stage.QUEUE : pump == null ? Stage.WAIT : Stage.READ);
        }
    }

    // ---- the upstream's side of the attempt

    @Override
    public void writable() {
        continueSending();
    }

    @Override
    public void timedOut() {
        exchange.log(ErrorLog.Level.ERROR, "upstream timed out (110: Connection timed out)");
        if (pump != null) {
            truncate(Why.READ_TIMEOUT);
        } else {
            failed(NextUpstream.TIMEOUT, sending ? Why.SEND_TIMEOUT : Why.READ_TIMEOUT);
        }
    }

    @Override
    public void readable() {
        try {
            read();
            settle();
        } catch (MalformedFraming e) {
            exchange.log(ErrorLog.Level.ERROR, "upstream sent invalid chunked response");
            truncate(Why.GARBAGE);
        } catch (BufferPool.Exhausted | OutOfMemoryError e) {
            noMemory(e);
        } catch (RuntimeException | StackOverflowError e) {
            exchange.log(ErrorLog.Level.CRIT, "internal error: " + e);
            truncate(Why.INTERNAL_ERROR);
        }
    }

    private void noMemory(Throwable e) {
        exchange.log(ErrorLog.Level.CRIT, e.getMessage());
        if (pump == null) {
            dropUpstream();
            exchange.ending().because(Why.NO_MEMORY);
            finish(503);
        } else {
            truncate(Why.NO_MEMORY);
        }
    }

    private void read() throws MalformedFraming {
        PooledByteBuffer pooled = partial;
        partial = null;
        if (pooled == null) {
            pooled = allocate();
        }
        ByteBuffer buffer = pooled.getBuffer();
        int before = buffer.position();
        int n;
        try {
            n = upstream.read(buffer);
        } catch (IOException e) {
            keepOrFree(pooled);
            readFailed(e);
            return;
        }
        if (n == 0) {
            keepOrFree(pooled);
            return;
        }
        readAt = System.nanoTime();
        clock.enter(Stage.OWN, readAt);
        upstream.expectWithin(settings.readTimeout(), readAt);
        attempt.read(Math.max(0, n));
        if (settings.limitRate() > 0 && n > 0) {
            holdBack(n);
        }
        if (pump == null) {
            if (n < 0) {
                pooled.close();
                closedBeforeHeader();
            } else {
                buffer.flip();
                header(pooled, before);
            }
        } else {
            content(pooled, before, n < 0);
        }
    }

    /** A buffer to read into. */
    private PooledByteBuffer allocate() {
        PooledByteBuffer large = pump != null && pump.isIdle() ? StreamBuffers.take(attempt.bytesReceived()) : null;
        if (large != null) {
            return large;
        }
        var pool = exchange.buffers();
        return pump == null && settings.bufferSize() > pool.getBufferSize()
                ? BufferPool.unpooled(ByteBuffer.allocate((int) Math.min(settings.bufferSize(), LARGEST_HEAD)))
                : pool.allocate();
    }

    /** {@code proxy_limit_rate}: what has been read must not be more than the time since the first byte allows. */
    private void holdBack(int n) {
        if (bytesRead == 0) {
            readingSince = readAt;
        }
        bytesRead += n;
        long millis = bytesRead * 1000 / settings.limitRate() - 1000 - (readAt - readingSince) / 1_000_000;
        if (millis > 0) {
            UpstreamConnection held = upstream;
            upstream.suspendReads();
            isHeldBack = true;
            exchange.ioThread()
                    .executeAfter(
                            () -> {
                                isHeldBack = false;
                                settle();
                                if (upstream == held && (pump == null || !pump.isFull())) {
                                    upstream.resumeReads();
                                }
                            },
                            millis,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void keepOrFree(PooledByteBuffer pooled) {
        if (pooled.getBuffer().position() > 0) {
            partial = pooled;
        } else {
            pooled.close();
        }
    }

    private void closedBeforeHeader() {
        exchange.log(ErrorLog.Level.ERROR, "upstream prematurely closed connection");
        failed(NextUpstream.ERROR, Why.CLOSED_EARLY);
    }

    private void readFailed(IOException e) {
        exchange.log(ErrorLog.Level.ERROR, "recv() failed (" + SystemErrors.text(e) + ")");
        if (pump != null) {
            truncate(Why.RESET);
        } else {
            failed(NextUpstream.ERROR, Why.RESET);
        }
    }

    /** Looks for the head in a buffer that has been flipped; {@code from} is where the new bytes start. */
    private void header(PooledByteBuffer pooled, int from) throws MalformedFraming {
        ByteBuffer buffer = pooled.getBuffer();
        ResponseHead response = peers.head();
        while (true) {
            int end = ResponseHead.end(buffer, from);
            int size = (end < 0 ? buffer.limit() + 1 : end) - buffer.position();
            if (size > settings.bufferSize()) {
                pooled.close();
                exchange.log(ErrorLog.Level.ERROR, "upstream sent too big header");
                failed(NextUpstream.INVALID_HEADER, Why.TOO_BIG_HEADER);
                return;
            }
            if (end < 0 && !ResponseHead.mayBegin(buffer)) {
                invalidHeader(pooled, ResponseHead.NO_HTTP);
                return;
            }
            if (end < 0) {
                buffer.compact();
                if (!buffer.hasRemaining()) {
                    moveToLarger(pooled);
                } else {
                    keepOrFree(pooled);
                }
                return;
            }
            String mistake = response.parse(buffer, end);
            if (mistake != null) {
                invalidHeader(pooled, mistake);
                return;
            }
            if (response.status() >= 200 || response.status() == 101) {
                if (size > USUAL_HEAD && !exchange.lifetime().hold((long) COPIES_OF_HEAD * size)) {
                    pooled.close();
                    exchange.log(ErrorLog.Level.CRIT, "memory is used up");
                    dropUpstream();
                    exchange.ending().because(Why.NO_MEMORY);
                    finish(503);
                    return;
                }
                break;
            }
            // an interim response (RFC 9110 §15.2): the real one follows
            if (++interimResponses > MOST_INTERIM_RESPONSES) {
                invalidHeader(pooled, "upstream sent too many interim responses");
                return;
            }
            from = buffer.position();
        }
        respond(pooled, response);
    }

    /** A head after interim responses, for which the buffer that they began in has become too small. */
    private void moveToLarger(PooledByteBuffer pooled) {
        ByteBuffer full = pooled.getBuffer().flip();
        partial = BufferPool.unpooled(ByteBuffer.allocate(full.capacity() * 2));
        partial.getBuffer().put(full);
        pooled.close();
    }

    private void invalidHeader(PooledByteBuffer pooled, String mistake) {
        pooled.close();
        exchange.log(ErrorLog.Level.ERROR, mistake);
        boolean isHttp = !mistake.equals(ResponseHead.NO_HTTP);
        failed(NextUpstream.INVALID_HEADER, isHttp ? Why.INVALID_HEADER : Why.GARBAGE);
    }

    // ---- the response

    private void respond(PooledByteBuffer pooled, ResponseHead response) throws MalformedFraming {
        int status = response.status();
        NextUpstream reason = NextUpstream.of(status);
        attempt.headerRead(status, readAt);
        exchange.upstream().keepFields(exchange.configuration().keptUpstreamFields(), response);
        if (Recorder.wants(exchange)) {
            attempt.receivedHead(exchange.configuration().recorder().received(response));
        }
        if (status == 101) {
            upgrade(pooled, response);
            return;
        }
        if (reason != null && selection.hasAnotherTry() && mayTryNext(reason)) {
            pooled.close();
            failed(reason, Why.PASSED_OVER);
            return;
        }
        if (cache != null && isAnsweredByCache(response, reason)) {
            pooled.close();
            selection.ended(peer, reason != null);
            dropUpstream();
            return;
        }
        String accelerated = AccelHeaders.redirect(response, settings);
        if (accelerated != null) {
            redirect(pooled, response, accelerated);
            return;
        }
        if (settings.interceptErrors()
                && status >= LOWEST_INTERCEPTED
                && exchange.location().hasErrorPage(status)) {
            intercept(pooled, response);
            return;
        }
        boolean isHead = method().equals("HEAD");
        ResponseFraming framing = ResponseFraming.of(response, isHead);
        if (framing.mistake() != null) {
            invalidHeader(pooled, framing.mistake());
            return;
        }
        selection.ended(peer, false);
        decoder = framing.decoder();
        keepAlive = framing.isPersistent() && settings.isHttp11();
        exchange.response().status(status);
        ResponseHeaders.copy(response, exchange, framing, forwarding);
        if (isHead && !exchange.method().equals("HEAD")) {
            // proxy_method asked for a head alone, and its length is that of a content that does not come
            exchange.responseHeaders().put(Headers.CONTENT_LENGTH, 0);
        }
        buffering = AccelHeaders.obey(response, exchange, settings, buffering);
        boolean isKept = false;
        if (cache != null) {
            copy = cache.keep(response);
            isKept = copy != null;
        } else if (settings.store() != null && status == 200 && !method().equals("HEAD")) {
            copy = store(response);
        }
        boolean hasRanges = settings.forceRanges();
        if (isKept) {
            hasRanges |= exchange.responseHeaders().contains(Headers.ACCEPT_RANGES);
            exchange.responseHeaders().remove(Headers.ACCEPT_RANGES);
            if (status == 200
                    && Preconditions.check(
                                    exchange.requestHeaders(),
                                    exchange.responseHeaders(),
                                    exchange.location().core().ifModifiedSince())
                            == 304) {
                // the client knows it already; the cache does not
                exchange.response().status(304);
                exchange.response().reasonPhrase(null);
                Preconditions.strip(exchange.responseHeaders());
                isSilent = true;
            }
        }
        if (hasRanges && status == 200 && framing.length() >= 0 && !isSilent) {
            range = RangeRequest.of(exchange.requestHeaders(), exchange.responseHeaders(), framing.length(), 1);
            if (range == null) {
                pooled.close();
                finish(416);
                return;
            }
            exchange.put(RangeRequest.KEY, range);
        }
        exchange.upstream().doing(READING_BODY, this);
        if (!sending) {
            abandonBody();
        }
        exchange.ending().answeredBy(Who.APP, null);
        var sink = ResponseStart.start(exchange);
        if (sink == null) {
            pooled.close();
            clientLost();
            return;
        }
        pump = new ResponsePump(exchange, sink, buffering ? settings.maxTempFileSize() : 0, this);
        // the head has been parsed out of this buffer; what it still holds is body
        ByteBuffer buffer = pooled.getBuffer();
        buffer.compact();
        content(pooled, 0, false);
    }

    /** Whether what is kept is sent instead. That may end the exchange, so all there is to say of it is said before. */
    private boolean isAnsweredByCache(ResponseHead response, NextUpstream reason) {
        attempt.ended(0, readAt);
        if (cache.isRevalidated(response)) {
            return true;
        }
        attempt.failed(reason == null ? null : Why.PASSED_OVER);
        if (reason != null && cache.isServedStale(reason)) {
            return true;
        }
        attempt.failed(null);
        return false;
    }

    private ContentCopy store(ResponseHead response) {
        Path file = settings.store().apply(exchange);
        long modified = Preconditions.seconds(response.first(Headers.LAST_MODIFIED));
        return file == null ? null : StoredFile.open(exchange, file, settings.storeAccess(), modified);
    }

    /** The upstream leaves the answer to another location: {@code X-Accel-Redirect}. */
    private void redirect(PooledByteBuffer pooled, ResponseHead response, String target) {
        pooled.close();
        selection.ended(peer, false);
        attempt.ended(0);
        AccelHeaders.copyRedirected(response, exchange);
        exchange.ending().becauseOfUpstream(Why.ACCEL_REDIRECT);
        dropUpstream();
        abandonBody();
        exchange.phases().redirectFromUpstream(target);
    }

    /** The upstream's own error page is not wanted: the configured one is shown instead. */
    private void intercept(PooledByteBuffer pooled, ResponseHead response) {
        pooled.close();
        selection.ended(peer, false);
        if (response.status() == 401) {
            for (int i = 0; i < response.count(); i++) {
                // without it a client could not log in (RFC 9110 §15.5.2)
                if (response.name(i).equals(Headers.WWW_AUTHENTICATE)) {
                    exchange.responseHeaders().add(Headers.WWW_AUTHENTICATE, response.value(i));
                }
            }
        }
        exchange.ending().becauseOfUpstream(Why.INTERCEPTED);
        finish(response.status());
    }

    /**
     * Passes content on.
     *
     * @param pooled a buffer as it is after reading: content before {@code from}, framed bytes behind it
     * @param closed whether the upstream has ended the connection
     */
    private void content(PooledByteBuffer pooled, int from, boolean closed) throws MalformedFraming {
        ByteBuffer buffer = pooled.getBuffer();
        int end = buffer.position();
        buffer.limit(end).position(from);
        try {
            decoder.decode(buffer);
        } catch (MalformedFraming e) {
            pooled.close();
            throw e;
        }
        int n = buffer.remaining();
        attempt.received(n);
        if (copy != null) {
            copy.add(buffer);
        }
        buffer.position(0);
        boolean done = decoder.isDone() || closed && decoder.isCompleteAtClose();
        if (closed && !done) {
            partial = pooled;
            buffer.position(buffer.limit());
            exchange.log(ErrorLog.Level.ERROR, "upstream prematurely closed connection");
            truncate(Why.CLOSED_EARLY);
            return;
        }
        if (done) {
            if (decoder.trailers() != null) {
                exchange.response().trailers(allowed(decoder.trailers()));
            }
            if (copy != null) {
                copy.complete();
                copy = null;
            }
            upstreamDone();
        } else if (buffering && !BufferPool.isShort() && buffer.limit() < Math.min(buffer.capacity(), GATHERED)) {
            // gather until the buffer is full, as nginx does with proxy_buffering on
            buffer.position(buffer.limit()).limit(buffer.capacity());
            keepOrFree(pooled);
            return;
        }
        if (isSilent) {
            buffer.position(buffer.limit());
        } else if (range != null) {
            range.window(buffer, offered);
            offered += n;
        }
        pump.offer(pooled, done);
        if (!done && upstream != null && pump.isFull()) {
            upstream.suspendReads();
            upstream.expectNothing();
        }
    }

    private static HeaderMap allowed(HeaderMap trailers) {
        HeaderMap out = new HeaderMap();
        for (HeaderValues field : trailers) {
            if (Trailers.mayForward(field.getHeaderName())) {
                out.putAll(field.getHeaderName(), field);
            }
        }
        return out;
    }

    /** The whole response has been read: the connection may serve another exchange while this one is still written. */
    private void upstreamDone() {
        attempt.ended(0, readAt);
        boolean clean = keepAlive && !sending && !decoder.hasExcess();
        if (decoder.hasExcess()) {
            exchange.log(ErrorLog.Level.WARN, "upstream sent more data than specified in \"Content-Length\" header");
        }
        if (sending) {
            // the client's body is not wanted any more
            sending = false;
            abandonBody();
        }
        freeHead();
        freePeer();
        UpstreamConnection connection = upstream;
        upstream = null;
        if (clean) {
            connection.release(readAt);
        } else {
            connection.close();
        }
    }

    @Override
    public void roomAgain() {
        if (upstream != null) {
            upstream.expectWithin(settings.readTimeout());
            upstream.resumeReads();
        }
    }

    @Override
    public void written() {
        settle();
    }

    private void upgrade(PooledByteBuffer pooled, ResponseHead response) {
        if (!isSwitchAskedFor(response)) {
            invalidHeader(pooled, "upstream sent 101 without being asked to switch to that protocol");
            return;
        }
        selection.ended(peer, false);
        UpstreamConnection connection = upstream;
        upstream = null;
        exchange.upstream().doing("proxying upgraded connection", this);
        tunnels = true;
        exchange.ending().answeredBy(Who.APP, null);
        Tunnel.open(exchange, connection, attempt, pooled, response, settings, this::freePeer);
    }

    /** A server must not switch to what the client has not named (RFC 9110 §7.8). */
    private boolean isSwitchAskedFor(ResponseHead response) {
        String asked = exchange.header(Headers.UPGRADE);
        for (int i = 0; i < response.count(); i++) {
            if (response.name(i).equals(Headers.UPGRADE)) {
                return Tokens.contains(asked, response.value(i));
            }
        }
        return false;
    }

    // ---- failures

    private boolean mayTryNext(NextUpstream reason) {
        if (!selection.hasTriesLeft() || !settings.nextUpstream().contains(reason) || !body.canRestart()) {
            return false;
        }
        long tryingFor = System.nanoTime() - exchange.upstream().tries().get(0).startedAt();
        if (settings.nextUpstreamTimeout() > 0 && tryingFor > settings.nextUpstreamTimeout() * 1_000_000) {
            return false;
        }
        // RFC 9110 §9.2.2: what may have had its effect must not be done twice
        return !requestSent
                || Idempotence.isIdempotent(exchange.method())
                || settings.nextUpstream().contains(NextUpstream.NON_IDEMPOTENT);
    }

    /** The attempt has failed before anything was sent to the client: try the next peer, or give up. */
    private void failed(NextUpstream reason, Why why) {
        boolean stale = reason == NextUpstream.ERROR && attempt.isReused();
        attempt.ended(reason == NextUpstream.TIMEOUT ? 504 : 502);
        attempt.failed(why);
        clock.enter(Stage.OWN);
        // a response that says 403 or 404 is no failure of the peer
        boolean counts = reason != NextUpstream.HTTP_403 && reason != NextUpstream.HTTP_404;
        if (selection.ended(peer, counts && !stale)) {
            exchange.log(ErrorLog.Level.WARN, "upstream server temporarily disabled");
        }
        if (stale) {
            selection.staleConnection(peer);
        }
        dropUpstream();
        if (mayTryNext(reason)) {
            body.restart();
            tryNextPeer();
            return;
        }
        if (cache != null && cache.isServedStale(reason)) {
            return;
        }
        exchange.ending().becauseOfUpstream(why);
        finish(reason == NextUpstream.TIMEOUT ? 504 : 502);
    }

    private void finish(int status) {
        dropUpstream();
        abandonBody();
        exchange.fail(status);
    }

    /** Nobody reads what is still to come of the request's body. */
    private void abandonBody() {
        if (!exchange.isRequestComplete()) {
            exchange.content().abandon();
        }
    }

    /**
     * The response cannot be completed: the client gets what there is. That its connection then closes without the
     * message's end is how it can tell (RFC 9112 §8).
     */
    private void truncate(Why why) {
        PooledByteBuffer gathered = partial;
        exchange.ending().interrupt(why);
        if (upstream != null) {
            attempt.failed(why);
        }
        partial = null;
        dropUpstream();
        if (pump == null) {
            if (gathered != null) {
                gathered.close();
            }
            exchange.lifetime().abort();
            return;
        }
        if (gathered != null) {
            gathered.getBuffer().flip();
            pump.offer(gathered, false);
        }
        pump.truncate();
        settle();
    }

    private void clientFailed(ClientBodyException e) {
        if (pump != null || e.status() == ErrorPages.CLIENT_CLOSED_REQUEST) {
            clientLost();
        } else {
            exchange.response().closeConnection();
            exchange.ending().because(e.why());
            if (upstream != null) {
                attempt.failed(e.why());
            }
            finish(e.status());
        }
    }

    private void clientGone() {
        exchange.log(
                ErrorLog.Level.INFO,
                "client prematurely closed connection"
                        + (upstream == null ? "" : ", so upstream connection is closed too"));
        clientLost();
    }

    @Override
    public void clientLost() {
        if (upstream != null) {
            attempt.failed(Why.CLIENT_LEFT);
        }
        dropUpstream();
        exchange.lifetime().clientClosed();
    }

    /** The exchange is over, in whatever way: nothing may be left behind. */
    private void exchangeEnded() {
        over = true;
        if (!tunnels) {
            freePeer();
        }
        if (copy != null) {
            copy.abandon();
            copy = null;
        }
        if (upstream != null && !exchange.lifetime().isConnected()) {
            // reading from the client, or writing to it, has found it gone
            attempt.failed(Why.CLIENT_LEFT);
        }
        dropUpstream();
        body.close();
        if (pump != null) {
            pump.close();
        }
    }

    private void dropUpstream() {
        sending = false;
        freeHead();
        if (partial != null) {
            partial.close();
            partial = null;
        }
        if (upstream != null) {
            long now = System.nanoTime();
            attempt.ended(0, now);
            clock.enter(Stage.OWN, now);
            upstream.close();
            upstream = null;
        }
    }

    private void freeHead() {
        if (head != null) {
            head.close();
            head = null;
        }
    }
}
