package hopyard.proxy.exchange;

import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamConnection;
import hopyard.proxy.upstream.Wire;

/**
 * One attempt to have an upstream server answer a request. A request that is passed to the next server has several
 * attempts; the {@code $upstream_*} variables list all of them.
 */
public final class UpstreamTry {

    private static final long UNKNOWN = Long.MIN_VALUE;

    private record Failure(Why why, String module) {}

    private final String server;
    private final PeerSettings peer;
    private final long started = System.nanoTime();
    private Wire wire;
    private boolean reused;
    private long connected = UNKNOWN;
    private long headerRead = UNKNOWN;
    private long ended = UNKNOWN;
    private int status;
    private long bytesReceived;
    private long bytesRead;
    private long bytesWritten;
    private byte[] sentHead;
    private byte[] receivedHead;
    private long[] spent;
    private Failure failure;

    /**
     * @param server the server as {@code $upstream_addr} gives it
     * @param peer the settings of that server; {@code null} if none was chosen
     */
    public UpstreamTry(String server, PeerSettings peer) {
        this.server = server;
        this.peer = peer;
    }

    /** Notes the two ends of a connection that can be used only after the TLS handshake. */
    public void handshaking(String near, String far) {
        wire = new Wire(near, far, null, null);
    }

    /** Notes that the connection cannot be used, because the server's certificate is not right. */
    public void untrusted(TlsConnection tls) {
        wire = new Wire(wire.near(), wire.far(), null, tls);
    }

    /** Notes that the attempt uses a connection, which is ready. */
    public void connected(UpstreamConnection connection) {
        reused = connection.requests() > 1;
        connected = reused ? started : System.nanoTime();
        wire = connection.wire();
    }

    /**
     * Notes that the header of the response has been read.
     *
     * @param now when it was read, on the scale of {@link System#nanoTime()}
     */
    public void headerRead(int statusCode, long now) {
        headerRead = now;
        status = statusCode;
    }

    /** Ends the attempt. {@code statusCode} is its status if no header came. */
    public void ended(int statusCode) {
        ended(statusCode, System.nanoTime());
    }

    /** Ends the attempt at {@code now}, on the scale of {@link System#nanoTime()}. */
    public void ended(int statusCode, long now) {
        ended = now;
        if (status == 0) {
            status = statusCode;
        }
    }

    /** Counts bytes that came from the upstream, framing included. */
    public void read(long bytes) {
        bytesRead += bytes;
    }

    /** Returns {@code $upstream_bytes_received}: the bytes that came from the upstream. */
    public long bytesRead() {
        return bytesRead;
    }

    /** Counts bytes that were sent to the upstream. */
    public void written(long bytes) {
        bytesWritten += bytes;
    }

    /** Returns {@code $upstream_bytes_sent}: the bytes that were sent to the upstream. */
    public long bytesWritten() {
        return bytesWritten;
    }

    /** Counts bytes of content that the upstream has sent. */
    public void received(long bytes) {
        bytesReceived += bytes;
    }

    /** Returns {@code $upstream_response_length}: the bytes of content that the upstream has sent. */
    public long bytesReceived() {
        return bytesReceived;
    }

    /** Keeps the head of the request as it was sent. */
    public void sentHead(byte[] head) {
        sentHead = head;
    }

    /** Keeps the head of the response as it arrived. */
    public void receivedHead(byte[] head) {
        receivedHead = head;
    }

    /** Returns the head of the request as it was sent; {@code null} if it was not kept. */
    public byte[] sentHead() {
        return sentHead;
    }

    /** Returns the head of the response as it arrived; {@code null} if it was not kept or none came. */
    public byte[] receivedHead() {
        return receivedHead;
    }

    /** Returns the settings of the server; {@code null} if none was chosen. */
    public PeerSettings peer() {
        return peer;
    }

    /** Keeps the time in each stage, in nanoseconds, when another attempt follows. */
    void spent(long[] byStage) {
        spent = byStage;
    }

    /** Returns the time in each stage, in nanoseconds; {@code null} if no other attempt follows. */
    long[] spent() {
        return spent;
    }

    /**
     * Notes why the attempt has brought no response, or not a whole one.
     *
     * @param module what the names of the directives begin with that the attempt obeyed
     */
    public void failed(Why reason, String module) {
        failure = new Failure(reason, module);
    }

    /** Returns why the attempt has failed; {@code null} if it has not. */
    public Why failure() {
        return failure == null ? null : failure.why;
    }

    /** Returns the module that {@link #failed} was told; {@code null} if the attempt has not failed. */
    public String failedModule() {
        return failure == null ? null : failure.module;
    }

    /** Returns when the attempt began, on the scale of {@link System#nanoTime()}. */
    public long startedAt() {
        return started;
    }

    public String server() {
        return server;
    }

    /** Returns this server's end of the connection; {@code null} if there was none. */
    public String from() {
        return wire == null ? null : wire.near();
    }

    /** Returns the upstream's end of the connection; {@code null} if there was none. */
    public String to() {
        return wire == null ? null : wire.far();
    }

    /** Returns both ends as parameters of {@link hopyard.trace.HopTrace}; {@code null} if there was no connection. */
    public String hopParameters() {
        return wire == null ? null : wire.hopParameters();
    }

    /** Returns TLS on the connection; {@code null} if it is not spoken, or the two ends have not come to terms. */
    public TlsConnection tls() {
        return wire == null ? null : wire.tls();
    }

    public boolean isReused() {
        return reused;
    }

    public int status() {
        return status;
    }

    /** Returns when the connection was ready, on the scale of {@link System#nanoTime()}. */
    public long connectedAt() {
        return connected;
    }

    /** Returns how long it took to connect, in ns; 0 for a reused connection, negative if none was made. */
    public long connectNanos() {
        return connected == UNKNOWN ? -1 : reused ? 0 : connected - started;
    }

    /** Returns the time until the response's header, in ns; negative if none came. */
    public long headerNanos() {
        return headerRead == UNKNOWN ? -1 : headerRead - started;
    }

    /** Returns the time until the end of the attempt, in ns; negative while it lasts. */
    public long responseNanos() {
        return ended == UNKNOWN ? -1 : ended - started;
    }

    /** Returns when the response's header had been read, on the scale of {@link System#nanoTime()}. */
    public long headerReadAt() {
        return headerRead;
    }
}
