package hopyard.proxy.forward;

import hopyard.memory.BufferPool;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.UpstreamState;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.upstream.UpstreamConnection;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.ImmediatePooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes a request's head and content to an upstream, as fast as the upstream takes it and the client sends it. */
final class RequestSender {

    /** Is told when sending has to wait, or is not possible. */
    interface Listener {
        /** The request must not be sent, and no other server would do better: the client gets {@code status}. */
        void finish(int status);

        /** There is no memory for what the request needs. */
        void noMemory(String message);

        /** The client is at fault. */
        void clientFailed(ClientBodyException e);

        /** The client has closed its connection. */
        void clientGone();

        /** Nothing can be done for now. */
        void settle();
    }

    private static final String SENDING = "sending request to upstream";
    private static final String READING_HEADER = "reading response header from upstream";

    /** Stands for a request head that is out already. */
    private static final ByteBuffer SENT = ByteBuffer.allocate(0);

    private final Exchange exchange;
    private final ForwardSettings settings;
    private final RequestHead requestHead;
    private final CacheUse cache;
    private final Listener listener;

    private RequestBody body = RequestBody.EMPTY;
    /** {@code null} for none. */
    private ContentFraming framing;

    private PooledByteBuffer head;
    private int headLength;
    private boolean sending;
    private boolean lacksContent;
    private boolean wasSent;
    private boolean isAnswered;
    private boolean isBroken;

    /** @param cache {@code null} for none */
    RequestSender(
            Exchange exchange, ForwardSettings settings, RequestHead requestHead, CacheUse cache, Listener listener) {
        this.exchange = exchange;
        this.settings = settings;
        this.requestHead = requestHead;
        this.cache = cache;
        this.listener = listener;
    }

    /** Sets the content that is sent from now on, and closes the earlier one. */
    void body(RequestBody newBody) {
        body.close();
        body = newBody;
    }

    /** Whether the content can be sent again. */
    boolean canRestart() {
        return body.canRestart();
    }

    /** Whether there is more to send. */
    boolean isSending() {
        return sending;
    }

    /** Whether the client has to send more before more can be sent on. */
    boolean lacksContent() {
        return lacksContent;
    }

    /** Whether any of the request may have reached the upstream. */
    boolean wasSent() {
        return wasSent;
    }

    /** Whether writing has failed, so that the connection can carry nothing else. */
    boolean isBroken() {
        return isBroken;
    }

    /** Notes that a response is on its way to the client; sending goes on meanwhile. */
    void answered() {
        isAnswered = true;
    }

    /** Begins another attempt, of which nothing is sent yet. */
    void reset() {
        wasSent = false;
        isBroken = false;
    }

    /** Starts the content again from its first byte. */
    void restart() {
        body.restart();
    }

    /**
     * Sends a request.
     *
     * @param writer to put the head together in
     * @param url what the error log names
     */
    void begin(HeadWriter writer, UpstreamConnection upstream, UpstreamTry attempt, UpstreamState.Url url) {
        exchange.upstream().doing(SENDING, url);
        writer.clear();
        requestHead.write(exchange, cache, writer, body.length());
        if (writer.refused() != null) {
            listener.finish(requestHead.refused(exchange, cache, writer.refused()));
            return;
        }
        try {
            head = room(writer.length());
        } catch (IOException e) {
            listener.noMemory(e.getMessage());
            return;
        }
        headLength = writer.length();
        framing = requestHead.framing(exchange);
        writer.copyTo(head.getBuffer());
        if (Recorder.wants(exchange)) {
            attempt.sentHead(
                    Recorder.of(exchange.configuration()).sent(exchange, requestHead.shown(exchange, cache, writer)));
        }
        head.getBuffer().flip();
        sending = true;
        send(upstream, attempt, url);
    }

    /** Returns a buffer for a head of that many bytes. */
    private PooledByteBuffer room(int length) throws IOException {
        if (length <= exchange.buffers().getBufferSize()) {
            return BufferPool.take(exchange.buffers());
        }
        if (!exchange.lifetime().hold(length)) {
            throw new IOException("no memory for an upstream request header of " + length + " bytes");
        }
        return new ImmediatePooledByteBuffer(ByteBuffer.allocate(length));
    }

    /** Sends what there is, as much as the upstream takes. */
    void send(UpstreamConnection upstream, UpstreamTry attempt, UpstreamState.Url url) {
        if (!sending) {
            if (framing != null) {
                framing.writable();
            }
            listener.settle();
            return;
        }
        try {
            ByteBuffer before = head == null ? SENT : head.getBuffer();
            RequestBody.Progress progress =
                    framing == null ? body.writeTo(upstream, before) : framing.send(body, upstream, before);
            wasSent = true;
            if (head != null && !head.getBuffer().hasRemaining()) {
                // the content may take long
                freeHead();
            }
            lacksContent = progress == RequestBody.Progress.CLIENT_EMPTY;
            switch (progress) {
                case DONE -> written(upstream, attempt, url);
                case UPSTREAM_FULL -> {
                    upstream.expectWithin(settings.sendTimeout());
                    upstream.awaitWritable();
                    listener.settle();
                }
                case WINDOW_FULL -> {
                    upstream.expectWithin(settings.sendTimeout());
                    listener.settle();
                }
                case CLIENT_EMPTY -> {
                    upstream.expectNothing();
                    listener.settle();
                }
            }
        } catch (ClientBodyException e) {
            listener.clientFailed(e);
        } catch (IOException e) {
            failed(e, upstream, attempt, url);
        }
    }

    private void written(UpstreamConnection upstream, UpstreamTry attempt, UpstreamState.Url url) {
        sending = false;
        attempt.written(headLength + Math.max(0, body.length()));
        freeHead();
        if (!isAnswered) {
            exchange.upstream().doing(READING_HEADER, url);
        }
        // a request without content has just begun if its connection was there already
        boolean isJustNow = body == RequestBody.EMPTY && attempt.isReused();
        long now = isJustNow ? attempt.startedAt() : System.nanoTime();
        upstream.expectWithin(settings.readTimeout(), now);
        exchange.clock().enter(isAnswered ? Stage.OWN : Stage.WAIT, now);
        listener.settle();
        if (body instanceof StreamedBody && !settings.ignoreClientAbort()) {
            exchange.lifetime().watchClient(listener::clientGone);
        }
    }

    /**
     * Ends sending after a failed write. An upstream may answer and close before it has read the whole request, and
     * that answer is worth more than the failed write. So reading goes on, and brings the answer or the failure.
     */
    private void failed(IOException e, UpstreamConnection upstream, UpstreamTry attempt, UpstreamState.Url url) {
        sending = false;
        wasSent = true;
        isBroken = true;
        freeHead();
        if (!isAnswered && !attempt.isReused()) {
            exchange.log(ErrorLog.Level.INFO, "writev() failed (" + SystemErrors.text(e) + ")");
        }
        exchange.upstream().doing(READING_HEADER, url);
        upstream.expectWithin(settings.readTimeout());
        listener.settle();
    }

    /** Stops sending, because nobody wants the content. */
    void abandon() {
        if (sending && !exchange.isRequestComplete()) {
            exchange.content().abandon();
        }
        stop();
    }

    /** Stops sending on this connection. */
    void stop() {
        sending = false;
        freeHead();
    }

    private void freeHead() {
        if (head != null) {
            head.close();
            head = null;
        }
    }

    /** Frees what the content holds. */
    void close() {
        body.close();
    }
}
