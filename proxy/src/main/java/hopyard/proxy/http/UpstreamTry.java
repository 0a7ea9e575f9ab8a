package hopyard.proxy.http;

import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamConnection;

/**
 * One attempt to have a request answered by an upstream server. A request that is passed on to the next server has
 * several; the {@code $upstream_*} variables list them all.
 */
public final class UpstreamTry {

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final String server;
    private final PeerSettings peer;
    private final long started = System.nanoTime();
    private String from;
    private String to;
    private String hopParameters;
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
    private Why failure;

    /**
     * @param server the server as {@code $upstream_addr} gives it
     * @param peer that server; {@code null} if none was chosen
     */
    public UpstreamTry(String server, PeerSettings peer) {
        this.server = server;
        this.peer = peer;
    }

    /** There is a connection between these ends, which is no use for this attempt before TLS is there. */
    public void handshaking(String near, String far) {
        from = near;
        to = far;
    }

    /** The connection is there, and in use for this attempt. */
    public void connected(UpstreamConnection connection) {
        reused = connection.requests() > 1;
        connected = reused ? started : System.nanoTime();
        from = connection.near();
        to = connection.far();
        hopParameters = connection.hopParameters();
    }

    /**
     * The response's header is there.
     *
     * @param now when it was read, on the scale of {@link System#nanoTime()}
     */
    public void headerRead(int statusCode, long now) {
        headerRead = now;
        status = statusCode;
    }

    /** The attempt is over; {@code statusCode} is what it counts as if it brought no header. */
    public void ended(int statusCode) {
        ended(statusCode, System.nanoTime());
    }

    /** The same; {@code now} says when, on the scale of {@link System#nanoTime()}. */
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

    /** Bytes that came from the upstream: {@code $upstream_bytes_received}. */
    public long bytesRead() {
        return bytesRead;
    }

    /** Counts bytes that went to the upstream. */
    public void written(long bytes) {
        bytesWritten += bytes;
    }

    /** Bytes that went to the upstream: {@code $upstream_bytes_sent}. */
    public long bytesWritten() {
        return bytesWritten;
    }

    /** Counts bytes of content that the upstream has sent. */
    public void received(long bytes) {
        bytesReceived += bytes;
    }

    /** Bytes of content that the upstream has sent: {@code $upstream_response_length}. */
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

    /** The head of the request as it was sent; {@code null} if it was not kept. */
    public byte[] sentHead() {
        return sentHead;
    }

    /** The head of the response as it arrived; {@code null} if it was not kept or none came. */
    public byte[] receivedHead() {
        return receivedHead;
    }

    /** The server; {@code null} if none was chosen. */
    public PeerSettings peer() {
        return peer;
    }

    /** Remembers where the time of an attempt went that another one follows. */
    void spent(long[] byStage) {
        spent = byStage;
    }

    /** Where its time went, by stage, in nanoseconds; {@code null} if no attempt follows it. */
    long[] spent() {
        return spent;
    }

    /** It has come to nothing, or not to a whole response. */
    public void failed(Why reason) {
        failure = reason;
    }

    /** Why; {@code null} if it has not. */
    public Why failure() {
        return failure;
    }

    /** When the attempt began, on the scale of {@link System#nanoTime()}. */
    public long startedAt() {
        return started;
    }

    public String server() {
        return server;
    }

    /** The near end of the connection; {@code null} if there was none. */
    public String from() {
        return from;
    }

    /** The far end of the connection; {@code null} if there was none. */
    public String to() {
        return to;
    }

    /** Both ends, as {@link hopyard.trace.HopTrace} has them; {@code null} if there was no connection. */
    public String hopParameters() {
        return hopParameters;
    }

    public boolean isReused() {
        return reused;
    }

    public int status() {
        return status;
    }

    /** When the connection was there, on the scale of {@link System#nanoTime()}. */
    public long connectedAt() {
        return connected;
    }

    /** Nanoseconds to connect; 0 for a reused connection, negative if none was made. */
    public long connectNanos() {
        return connected == UNKNOWN ? -1 : reused ? 0 : connected - started;
    }

    /** Nanoseconds to the response header; negative if none came. */
    public long headerNanos() {
        return headerRead == UNKNOWN ? -1 : headerRead - started;
    }

    /** Nanoseconds to the end of the response; negative while it runs. */
    public long responseNanos() {
        return ended == UNKNOWN ? -1 : ended - started;
    }

    /** When the response header had been read, on the scale of {@link System#nanoTime()}. */
    public long headerReadAt() {
        return headerRead;
    }
}
