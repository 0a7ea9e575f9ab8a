package hopyard.proxy.record;

import hopyard.proxy.upstream.PeerSettings;

/**
 * An attempt to have a request answered by an upstream server, as it is kept.
 *
 * @param server the server as {@code $upstream_addr} gives it
 * @param peer that server; {@code null} if none was chosen
 * @param from the near end of the connection; {@code null} if there was none
 * @param to the far end of it
 * @param reused whether it had carried an earlier request
 * @param status what the attempt counts as
 * @param startedAt when it began, on the scale of {@link System#nanoTime()}
 * @param connectNanos how long connecting took; 0 for a reused connection, negative if none was made
 * @param headerNanos from the beginning to the response's head; negative if none came
 * @param responseNanos from the beginning to the end
 * @param sentHead the head of the request as it was sent; {@code null} if none was
 * @param receivedHead the head of the response as it arrived; {@code null} if none did
 */
public record Attempt(
        String server,
        PeerSettings peer,
        String from,
        String to,
        boolean reused,
        int status,
        long startedAt,
        long connectNanos,
        long headerNanos,
        long responseNanos,
        byte[] sentHead,
        byte[] receivedHead) {}
