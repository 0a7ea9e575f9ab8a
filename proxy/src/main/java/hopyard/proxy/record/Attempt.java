package hopyard.proxy.record;

import hopyard.proxy.exchange.Why;
import hopyard.proxy.upstream.PeerSettings;

/**
 * An attempt to have an upstream server answer a request, as the log keeps it.
 *
 * @param server the server as {@code $upstream_addr} gives it
 * @param peer the settings of that server; {@code null} if none was chosen
 * @param from the near end of the connection; {@code null} if there was no connection
 * @param to the far end of the connection; {@code null} if there was no connection
 * @param reused whether the connection had carried an earlier request
 * @param status the status code that the attempt counts as
 * @param failure why the attempt brought no response, or not a whole one; {@code null} if it brought a whole one
 * @param failedModule what the names of the directives begin with that a failed attempt obeyed; {@code null} if it has
 *     not failed
 * @param startedAt when the attempt began, on the scale of {@link System#nanoTime()}
 * @param connectNanos how long connecting took, also if it failed
 * @param sendNanos how long the proxy waited for the server to take all of the request
 * @param waitNanos how long the proxy waited for the server's answer to the whole request
 * @param readNanos how long the proxy waited for the rest of the response, and for nobody else
 * @param headerNanos from the attempt's beginning to the response's head; negative if no head came
 * @param responseNanos from the attempt's beginning to its end; negative if the exchange ended before the attempt
 * @param received how many bytes of content came; if no whole head came, how many bytes came at all
 * @param sentHead the head of the request as it was sent; {@code null} if none was sent
 * @param receivedHead the head of the response as it arrived; {@code null} if none arrived
 * @param tls TLS on the connection; {@code null} if it was not spoken
 */
public record Attempt(
        String server,
        PeerSettings peer,
        String from,
        String to,
        boolean reused,
        int status,
        Why failure,
        String failedModule,
        long startedAt,
        long connectNanos,
        long sendNanos,
        long waitNanos,
        long readNanos,
        long headerNanos,
        long responseNanos,
        long received,
        byte[] sentHead,
        byte[] receivedHead,
        TlsUse tls) {

    /** Returns the same attempt, with TLS on its connection. */
    Attempt on(TlsUse its) {
        return new Attempt(
                server,
                peer,
                from,
                to,
                reused,
                status,
                failure,
                failedModule,
                startedAt,
                connectNanos,
                sendNanos,
                waitNanos,
                readNanos,
                headerNanos,
                responseNanos,
                received,
                sentHead,
                receivedHead,
                its);
    }

    /** Whether the server has sent the head of a response. */
    public boolean isAnswered() {
        return headerNanos >= 0;
    }
}
