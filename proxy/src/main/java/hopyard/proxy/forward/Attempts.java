package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.UpstreamState;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.upstream.BindFailure;
import hopyard.proxy.upstream.ConnectListener;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.Peers;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.UpstreamConnection;
import hopyard.proxy.upstream.UpstreamTls;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The attempts to have an exchange answered, one after the other. Each attempt chooses a peer and connects to it, so
 * that the request can be sent. This class keeps the records of the attempts, and owns the connection until the
 * response has been read.
 */
final class Attempts implements ConnectListener, UpstreamState.Url {

    /** Is told how an attempt goes, and what happens on its connection. */
    interface Listener extends RequestSender.Listener, UpstreamConnection.User {
        /** The attempt has failed. {@code retry} is what is known about another attempt. */
        void attemptFailed(NextUpstream reason, Why why, Decision.Retry retry);
    }

    private static final String CONNECTING = "connecting to upstream";
    private static final String HANDSHAKING = "SSL handshaking to upstream";

    private final Exchange exchange;
    private final Forwarding forwarding;
    private final RequestHead requestHead;
    private final RequestSender sender;
    private final Peers peers;
    private final PeerSelection selection;
    private final Sticky sticky;
    private final Listener listener;

    private Peer peer;
    private UpstreamTry current;
    private UpstreamConnection upstream;
    private long readAt;
    private boolean holdsPeer;
    /** Whether a tunnel has taken the connection and holds the peer. */
    private boolean isHandedOver;

    private boolean over;

    /** @param key what the choice of a peer depends on, where the group's method has a key */
    Attempts(
            Exchange exchange,
            Forwarding forwarding,
            RequestHead requestHead,
            RequestSender sender,
            Peers peers,
            byte[] key,
            Listener listener) {
        this.exchange = exchange;
        this.forwarding = forwarding;
        this.requestHead = requestHead;
        this.sender = sender;
        this.peers = peers;
        this.listener = listener;
        sticky = Sticky.of(peers.group());
        selection = new PeerSelection(peers, forwarding.settings().tries(), key, sticky.wanted(exchange));
    }

    /** Returns the attempt that is under way, or the last one. */
    UpstreamTry current() {
        return current;
    }

    /** Returns the connection that is in use; {@code null} if there is none. */
    UpstreamConnection connection() {
        return upstream;
    }

    /** Counts bytes that have been read, and remembers the time, on the scale of {@link System#nanoTime()}. */
    void read(int bytes, long now) {
        readAt = now;
        current.read(bytes);
    }

    /** Scratch space for the head of a response. */
    ResponseHead scratch() {
        return peers.head();
    }

    /** Returns when the upstream was last read from, on the scale of {@link System#nanoTime()}. */
    long readAt() {
        return readAt;
    }

    /** Whether the exchange is over. */
    boolean isOver() {
        return over;
    }

    @Override
    public String upstreamUrl() {
        return requestHead.url(exchange, current.server());
    }

    // ---- choosing and connecting

    /** Makes an attempt on the next peer. */
    void next() {
        freePeer();
        peer = selection.next();
        holdsPeer = peer != null;
        if (peer == null) {
            begin(new UpstreamTry(peers.group().name(), null));
            current.ended(502);
            current.failed(Why.NO_LIVE_PEER, requestHead.module());
            exchange.log(ErrorLog.Level.ERROR, "no live upstreams");
            listener.attemptFailed(NextUpstream.ERROR, Why.NO_LIVE_PEER, Decision.Retry.NONE);
            return;
        }
        sticky.asked(exchange, peer);
        begin(new UpstreamTry(peer.settings().name(), peer.settings()));
        sender.reset();
        if (forwarding.tls() == null) {
            connect(null, null);
            return;
        }
        try {
            connect(forwarding.tls().of(exchange), forwarding.tlsName(exchange));
        } catch (IOException e) {
            // no other server would do better
            exchange.log(ErrorLog.Level.ERROR, e.getMessage());
            endWithoutTrying(Why.TLS_FAILED);
        }
    }

    private void connect(UpstreamTls tls, String tlsName) {
        Object kind = Peers.kind(tls, tlsName, forwarding.protocol().remembered());
        UpstreamConnection idle = peers.takeIdle(peer, kind);
        if (idle != null) {
            connected(idle);
        } else {
            exchange.clock().enter(Stage.CONNECT, current.startedAt());
            peers.connect(peer, connectOptions(tls, tlsName, kind), this);
        }
    }

    private void begin(UpstreamTry attempt) {
        current = attempt;
        exchange.upstream().add(exchange.clock(), attempt);
        exchange.upstream().doing(CONNECTING, this);
    }

    private Peers.ConnectOptions connectOptions(UpstreamTls tls, String tlsName, Object kind) {
        InetSocketAddress from = null;
        String address = forwarding.settings().bind() == null
                ? ""
                : forwarding.settings().bind().eval(exchange);
        if (!address.isEmpty()) {
            from = LocalAddress.parse(address);
            if (from == null) {
                exchange.log(ErrorLog.Level.ERROR, "invalid local address \"" + address + "\"");
            }
        }
        return new Peers.ConnectOptions(
                forwarding.settings().connectTimeout(),
                from,
                forwarding.settings().socketKeepalive(),
                tls,
                tlsName,
                kind);
    }

    @Override
    public void handshaking(String near, String far) {
        current.handshaking(near, far);
        exchange.upstream().doing(HANDSHAKING, this);
    }

    @Override
    public void untrusted(TlsConnection tls) {
        current.untrusted(tls);
    }

    @Override
    public void connected(UpstreamConnection connection) {
        if (over) {
            connection.close();
            return;
        }
        upstream = connection;
        upstream.use(listener);
        current.connected(upstream);
        exchange.clock().enter(Stage.SEND, current.connectedAt());
        sender.begin(peers.writer(), upstream, current, this);
    }

    @Override
    public void connectFailed(IOException reason) {
        if (over) {
            return;
        }
        if (reason instanceof BindFailure) {
            unbound(reason);
            return;
        }
        ConnectionErrors.log(exchange, peer.settings(), reason);
        fail(NextUpstream.ERROR, ConnectionErrors.ofConnect(reason));
    }

    /**
     * Ends the exchange because {@code proxy_bind} failed. No other server would do better, so nginx answers 500, and
     * counts no server as failed.
     */
    private void unbound(IOException reason) {
        exchange.log(ErrorLog.Level.CRIT, reason.getMessage());
        endWithoutTrying(Why.BIND_FAILED);
    }

    private void endWithoutTrying(Why why) {
        current.failed(why, requestHead.module());
        exchange.clock().enter(Stage.OWN);
        selection.ended(peer, false);
        exchange.ending().becauseOfUpstream(why);
        listener.finish(500);
    }

    @Override
    public void connectTimedOut() {
        if (!over) {
            exchange.requestLog().upstreamTimedOut();
            fail(NextUpstream.TIMEOUT, current.from() == null ? Why.CONNECT_TIMEOUT : Why.TLS_TIMEOUT);
        }
    }

    /** Sets the content that is sent from now on, and closes the earlier one. */
    void body(RequestBody body) {
        sender.body(body);
    }

    /** Sends what there is, if there is a connection to send it on. */
    void send() {
        if (over || upstream == null) {
            listener.settle();
        } else {
            sender.send(upstream, current, this);
        }
    }

    // ---- the books

    /** Returns what is known about another attempt, while the current one has brought a response. */
    Decision.Retry retry() {
        return retry(selection.hasAnotherTry());
    }

    private Decision.Retry retry(boolean isTryLeft) {
        return new Decision.Retry(
                forwarding.settings().nextUpstream(),
                forwarding.settings().nextUpstreamTimeout(),
                isTryLeft,
                sender.canRestart(),
                sender.wasSent(),
                exchange.method(),
                System.nanoTime() - exchange.upstream().tries().get(0).startedAt());
    }

    /** Notes that the attempt has failed, and tells the listener, which decides what follows. */
    void fail(NextUpstream reason, Why why) {
        failed(reason, why);
        listener.attemptFailed(reason, why, retry(selection.hasTriesLeft()));
    }

    /** Notes that the attempt has failed, and closes its connection. */
    void failed(NextUpstream reason, Why why) {
        boolean stale = reason == NextUpstream.ERROR && current.isReused();
        current.ended(reason == NextUpstream.TIMEOUT ? 504 : 502);
        current.failed(why, requestHead.module());
        exchange.clock().enter(Stage.OWN);
        // a response that says 403 or 404 is no failure of the peer
        boolean counts = reason != NextUpstream.HTTP_403 && reason != NextUpstream.HTTP_404;
        if (selection.ended(peer, counts && !stale)) {
            exchange.log(ErrorLog.Level.WARN, "upstream server temporarily disabled");
        }
        if (stale) {
            selection.staleConnection(peer);
        }
        drop();
    }

    /**
     * Notes that the attempt has brought a response. {@code speaksAgainst} says whether the response counts as a
     * failure of the peer.
     */
    void answered(boolean speaksAgainst) {
        selection.ended(peer, speaksAgainst);
        if (!speaksAgainst) {
            sticky.answered(exchange, peer);
        }
    }

    /** Makes another attempt with the same content. */
    void again() {
        sender.restart();
        next();
    }

    // ---- the connection

    /** Stops reading for now. */
    void pauseReading() {
        if (upstream != null) {
            upstream.suspendReads();
            upstream.expectNothing();
        }
    }

    /** Reading goes on. */
    void resumeReading() {
        if (upstream != null) {
            upstream.expectWithin(forwarding.settings().readTimeout());
            upstream.resumeReads();
        }
    }

    /**
     * Notes that the whole response has been read. The connection may serve another exchange while this response is
     * still being written.
     *
     * @param isClean whether the response leaves the connection fit for another exchange
     */
    void responseRead(boolean isClean) {
        current.ended(0, readAt);
        sticky.ended(exchange, peer);
        boolean mayBeKept = isClean && !sender.isSending() && !sender.isBroken();
        sender.abandon();
        freePeer();
        UpstreamConnection connection = upstream;
        upstream = null;
        if (mayBeKept) {
            connection.release(readAt);
        } else {
            connection.close();
        }
    }

    /** Gives the connection to a tunnel, which frees the peer when the connection is closed. */
    UpstreamConnection handOver() {
        UpstreamConnection connection = upstream;
        upstream = null;
        isHandedOver = true;
        return connection;
    }

    /** Frees the peer, which no longer counts this request. */
    void freePeer() {
        if (holdsPeer) {
            holdsPeer = false;
            selection.free(peer);
        }
    }

    /** Notes why there will be no response, or only a part of it, unless all of it has been read already. */
    void interrupted(Why why) {
        if (upstream != null) {
            current.failed(why, requestHead.module());
        }
    }

    /** Closes the connection, if there is one. */
    void drop() {
        sender.stop();
        if (upstream != null) {
            long now = System.nanoTime();
            current.ended(0, now);
            exchange.clock().enter(Stage.OWN, now);
            upstream.close();
            upstream = null;
        }
    }

    /** Ends everything when the exchange is over, in whatever way it ended. */
    void close() {
        over = true;
        if (!isHandedOver) {
            freePeer();
        }
        if (upstream != null && !exchange.lifetime().isConnected()) {
            // reading from the client, or writing to it, has shown that it is gone
            current.failed(Why.CLIENT_LEFT, requestHead.module());
        }
        drop();
        sender.close();
    }
}
