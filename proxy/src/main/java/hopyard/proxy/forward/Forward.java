package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.memory.BufferPool;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.UpstreamConnection;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Set;

/**
 * One exchange on its way to an upstream server and back, by stage. Its content is got ready ({@link BodyPreparation}).
 * Peers are asked ({@link Attempts}, {@link RequestSender}) until one brings a response ({@link ResponseReader}) that
 * is to be passed on ({@link Decision}). The response is then passed on ({@link Relay}, {@link Tunnel}). Each stage
 * uses only the stages before it; this class does what none of them can know alone. It lives on the I/O thread of the
 * client's connection, and so do the upstream connections that it uses.
 */
public final class Forward implements Attempts.Listener, ResponseReader.Listener, Relay.Listener {

    /** The lowest status that {@code proxy_intercept_errors} is for. */
    private static final int MIN_INTERCEPTED = 300;

    /** Without this field a client could not log in (RFC 9110 §15.5.2). */
    private static final Set<HttpString> LOGIN = Set.of(Headers.WWW_AUTHENTICATE);

    private final Exchange exchange;
    private final ForwardSettings settings;
    private final RequestHead requestHead;
    /** {@code null} for none. */
    private final CacheUse cache;

    private final RequestSender sender;
    private final Attempts attempts;
    private final Relay relay;
    private final ResponseReader reader;

    private Forward(
            Exchange exchange,
            Forwarding forwarding,
            RequestHead requestHead,
            CacheUse cache,
            UpstreamGroup group,
            byte[] key) {
        this.exchange = exchange;
        settings = forwarding.settings();
        this.requestHead = requestHead;
        this.cache = cache;
        sender = new RequestSender(exchange, settings, requestHead, cache, this);
        attempts = new Attempts(exchange, forwarding, requestHead, sender, group.on(exchange.ioThread()), key, this);
        relay = new Relay(exchange, forwarding, attempts, this);
        reader = new ResponseReader(exchange, forwarding, attempts, relay, this);
    }

    /**
     * Begins. From here on, the forwarding owns the exchange.
     *
     * @param cache keeps the response, or has one to send instead; {@code null} for none
     * @param group whom to forward to
     * @param key what the choice of a server depends on, where the group's method has a key
     */
    public static void start(
            Exchange exchange,
            Forwarding forwarding,
            RequestHead requestHead,
            CacheUse cache,
            UpstreamGroup group,
            byte[] key) {
        if (exchange.trail() == null) {
            new Forward(exchange, forwarding, requestHead, cache, group, key).start(forwarding);
        } else {
            Draft.write(exchange, forwarding, requestHead, cache, group);
        }
    }

    private void start(Forwarding forwarding) {
        exchange.lifetime().onEnd(this::exchangeEnded);
        exchange.upstream().passTo(requestHead.host(), requestHead.port());
        if (cache == null) {
            exchange.upstream().cacheStatus(null);
        }
        BodyPreparation.start(exchange, forwarding, requestHead, attempts, this);
    }

    // ---- on its way

    @Override
    public void writable() {
        attempts.send();
    }

    @Override
    public void readable() {
        try {
            reader.read();
            settle();
        } catch (MalformedFraming e) {
            exchange.log(ErrorLog.Level.ERROR, reader.protocol().malformed(e));
            truncate(Why.GARBAGE, reader.takePartial());
        } catch (BufferPool.Exhausted | OutOfMemoryError e) {
            noMemory(e.getMessage());
        } catch (RuntimeException | StackOverflowError e) {
            exchange.log(ErrorLog.Level.CRIT, "internal error: " + e);
            truncate(Why.INTERNAL_ERROR, reader.takePartial());
        }
    }

    /** Notes that nothing can be done for now: tells the clock whom the exchange waits for. */
    @Override
    public void settle() {
        if (attempts.isOver()) {
            return;
        }
        if (relay.isBlocked()) {
            exchange.clock().awaitClient();
        } else if (sender.isSending()) {
            exchange.clock().enter(sender.lacksContent() ? Stage.RECEIVE : Stage.SEND);
        } else if (attempts.connection() != null) {
            exchange.clock().enter(reader.isHeldBack() ? Stage.QUEUE : relay.hasBegun() ? Stage.READ : Stage.WAIT);
        }
    }

    // ---- the decision

    @Override
    public void attemptFailed(NextUpstream reason, Why why, Decision.Retry retry) {
        reader.drop();
        Decision decision = Decision.afterFailure(reason, retry, cache != null && cache.hasStaleAfter(reason));
        if (decision == Decision.Step.NEXT_PEER) {
            again();
        } else if (decision instanceof Decision.Fail fail) {
            exchange.ending().becauseOfUpstream(why);
            if (cache != null) {
                cache.keepError(fail.status());
            }
            finish(fail.status());
        } else {
            cache.serveStale();
        }
    }

    private void again() {
        reader.reset();
        attempts.again();
    }

    @Override
    public PooledByteBuffer head(PooledByteBuffer pooled, ResponseHead response) throws MalformedFraming {
        attempts.current().headerRead(response.status(), attempts.readAt());
        exchange.upstream().keepFields(exchange.configuration().keptUpstreamFields(), response);
        if (Recorder.wants(exchange)) {
            attempts.current()
                    .receivedHead(Recorder.of(exchange.configuration()).received(response));
        }
        Decision decision = decide(response);
        if (decision == Decision.Step.PASS_ON) {
            return passOn(pooled, response);
        }
        if (decision == Decision.Step.UPGRADE) {
            upgrade(pooled, response);
        } else if (decision instanceof Decision.Invalid invalid) {
            reader.refuse(pooled, invalid.mistake());
        } else {
            boolean isClean = !pooled.getBuffer().hasRemaining();
            pooled.close();
            answerOtherwise(decision, response, isClean);
        }
        return null;
    }

    private Decision decide(ResponseHead response) {
        int status = response.status();
        NextUpstream reason = NextUpstream.of(status);
        return Decision.onHead(
                status,
                status == 101 ? ProtocolSwitch.of(exchange, response) : null,
                reason == null ? null : attempts.retry(),
                cache != null && cache.isConditional(),
                reason != null && cache != null && cache.hasStale(reason),
                AccelHeaders.redirect(response, settings.ignoredHeaders()),
                settings.interceptErrors()
                        && status >= MIN_INTERCEPTED
                        && (reader.protocol().replacesErrors()
                                || exchange.core().hasErrorPage(status)));
    }

    /**
     * Does what was decided if the client does not get this response.
     *
     * @param isClean whether nothing has come behind the head
     */
    private void answerOtherwise(Decision decision, ResponseHead response, boolean isClean) {
        if (decision == Decision.Step.NEXT_PEER) {
            attempts.failed(NextUpstream.of(response.status()), Why.PASSED_OVER);
            again();
            return;
        }
        // a response that is replaced by a kept one counts as the peer's failure
        attempts.answered(decision == Decision.Step.STALE);
        if (decision instanceof Decision.Redirect redirect) {
            AccelHeaders.copyRedirected(response, exchange, settings.ignoredHeaders());
            exchange.ending().becauseOfUpstream(Why.ACCEL_REDIRECT);
            drop();
            abandonBody();
            exchange.phases().redirectFromUpstream(redirect.target());
        } else if (decision == Decision.Step.INTERCEPT) {
            if (response.status() == 401) {
                response.copy(LOGIN, exchange.responseHeaders());
            }
            exchange.ending().becauseOfUpstream(Why.INTERCEPTED);
            if (cache != null) {
                cache.keepError(response);
            }
            if (reader.protocol().replacesErrors()) {
                // its errors have no content
                attempts.responseRead(isClean);
            }
            finish(response.status());
        } else if (decision == Decision.Step.REVALIDATED) {
            drop();
            cache.serveRevalidated(response);
        } else {
            attempts.current().failed(Why.PASSED_OVER, requestHead.module());
            drop();
            cache.serveStale();
        }
    }

    // ---- the response

    private PooledByteBuffer passOn(PooledByteBuffer pooled, ResponseHead response) throws MalformedFraming {
        String method = requestHead.method(exchange, cache);
        ResponseFraming framing = reader.protocol().framing(exchange, response, method.equals("HEAD"));
        if (framing.mistake() != null) {
            return reader.refuse(pooled, framing.mistake());
        }
        attempts.answered(false);
        if (!Slicing.accepts(exchange, response)) {
            pooled.close();
            drop();
            Slicing.refuse(exchange);
            return null;
        }
        int failure = relay.prepare(response, framing, method, cache);
        if (failure != 0) {
            pooled.close();
            finish(failure);
            return null;
        }
        if (!sender.isSending()) {
            abandonBody();
        }
        if (!relay.begin()) {
            pooled.close();
            clientLost();
            return null;
        }
        exchange.upstream().doing("reading upstream", attempts);
        sender.answered();
        // the head has been parsed out of this buffer; what it still holds is content
        pooled.getBuffer().compact();
        return relay.content(pooled, 0, false);
    }

    private void upgrade(PooledByteBuffer pooled, ResponseHead response) {
        attempts.answered(false);
        UpstreamConnection connection = attempts.handOver();
        exchange.upstream().doing("proxying upgraded connection", attempts);
        exchange.ending().answeredBy(Who.APP, null);
        Tunnel.open(exchange, connection, attempts.current(), pooled, response, settings, attempts::freePeer);
    }

    // ---- what goes wrong

    @Override
    public void timedOut() {
        if (relay.hasBegun()) {
            exchange.log(ErrorLog.Level.ERROR, "upstream timed out (110: Connection timed out)");
            truncate(Why.READ_TIMEOUT, reader.takePartial());
        } else {
            exchange.requestLog().upstreamTimedOut();
            attempts.fail(NextUpstream.TIMEOUT, sender.isSending() ? Why.SEND_TIMEOUT : Why.READ_TIMEOUT);
        }
    }

    @Override
    public void broken(Why why) {
        if (relay.hasBegun()) {
            truncate(why, reader.takePartial());
        } else {
            attempts.fail(NextUpstream.ERROR, why);
        }
    }

    @Override
    public void cutShort(PooledByteBuffer rest) {
        truncate(Why.CLOSED_EARLY, rest);
    }

    @Override
    public void noMemory(String message) {
        exchange.log(ErrorLog.Level.CRIT, message);
        if (relay.hasBegun()) {
            truncate(Why.NO_MEMORY, reader.takePartial());
        } else {
            exchange.ending().because(Why.NO_MEMORY);
            finish(503);
        }
    }

    /**
     * Ends a response that cannot be completed. The client gets what there is. It can tell that something is missing,
     * because its connection then closes before the message's end (RFC 9112 §8).
     *
     * @param gathered what has been read and not passed on; {@code null} for nothing
     */
    private void truncate(Why why, PooledByteBuffer gathered) {
        exchange.ending().interrupt(why);
        attempts.interrupted(why);
        drop();
        if (relay.hasBegun()) {
            relay.truncate(gathered);
            settle();
            return;
        }
        if (gathered != null) {
            gathered.close();
        }
        exchange.lifetime().abort();
    }

    @Override
    public void finish(int status) {
        drop();
        abandonBody();
        exchange.fail(status);
    }

    @Override
    public void clientFailed(ClientBodyException e) {
        if (relay.hasBegun() || e.endsWithoutAnswer(exchange)) {
            clientLost();
        } else {
            exchange.response().closeConnection();
            exchange.ending().because(e.why());
            attempts.interrupted(e.why());
            finish(e.status());
        }
    }

    @Override
    public void clientGone() {
        exchange.log(
                ErrorLog.Level.INFO,
                "client prematurely closed connection"
                        + (attempts.connection() == null ? "" : ", so upstream connection is closed too"));
        clientLost();
    }

    @Override
    public void clientLost() {
        attempts.interrupted(Why.CLIENT_LEFT);
        drop();
        exchange.lifetime().clientClosed();
    }

    /** Drops the rest of the request's content, which nobody reads. */
    private void abandonBody() {
        if (!exchange.isRequestComplete()) {
            exchange.content().abandon();
        }
    }

    private void drop() {
        reader.drop();
        attempts.drop();
    }

    private void exchangeEnded() {
        attempts.close();
        reader.drop();
        relay.close();
    }
}
