package hopyard.proxy.record;

import hopyard.proxy.http.Why;
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
 * @param failure why it has come to nothing, or not to a whole response; {@code null} if it has not
 * @param startedAt when it began, on the scale of {@link System#nanoTime()}
 * @param connectNanos how long connecting took, also if it failed
 * @param sendNanos how long the server did not take all of the request
 * @param waitNanos how long it had the request and did not answer
 * @param readNanos how long it did not send all of its response, and nobody else was waited for
 * @param headerNanos from the beginning to the response's head; negative if none came
 * @param responseNanos from the beginning to the end; negative if the exchange ended before it
 * @param received how many bytes of content came; how many in all where no whole head did
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
        Why failure,
        long startedAt,
        long connectNanos,
        long sendNanos,
        long waitNanos,
        long readNanos,
        long headerNanos,
        long responseNanos,
        long received,
        byte[] sentHead,
        byte[] receivedHead) {

    /** Whether the server has answered. */
    public boolean isAnswered() {
        return headerNanos >= 0;
    }
}
