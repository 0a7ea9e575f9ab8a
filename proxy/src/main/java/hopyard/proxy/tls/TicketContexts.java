package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/**
 * BoringSSL's contexts that leave sessions to clients, one after the other. BoringSSL takes a ticket of TLS 1.3 for two
 * days, and Conscrypt cannot change that. So a context gives tickets for a quarter of the time that sessions may last
 * only, and takes them back until the last of them is as old as that. Whose a ticket is says the name of the key that
 * it is encrypted with.
 */
final class TicketContexts {

    /** Makes a context. */
    @FunctionalInterface
    interface Source {
        SSLContext get() throws GeneralSecurityException;
    }

    /** A context, when it was made, and what its tickets begin with; {@code null} if it gives none. */
    private record Dated(SSLContext context, long since, String ticketKey) {}

    private static final int PARTS = 4;

    private final Source source;
    private final long timeoutNanos;
    /** The newest first. */
    private final Deque<Dated> contexts = new ArrayDeque<>();

    /** @param timeoutSeconds how long a session may be taken up again */
    TicketContexts(Source source, int timeoutSeconds) {
        this.source = source;
        timeoutNanos = timeoutSeconds * 1_000_000_000L;
    }

    /**
     * Returns the context for a client.
     *
     * @param nanos the time, as {@link System#nanoTime} counts
     * @param ticketKey see {@link ClientHello#ticketKey}
     * @throws GeneralSecurityException if there can be none
     * @throws SSLException if it cannot shake hands
     */
    SSLContext at(long nanos, String ticketKey) throws GeneralSecurityException, SSLException {
        long part = timeoutNanos / PARTS;
        if (contexts.isEmpty() || nanos - contexts.getFirst().since >= part) {
            SSLContext made = source.get();
            contexts.addFirst(new Dated(made, nanos, TicketKey.of(made)));
        }
        while (nanos - contexts.getLast().since >= timeoutNanos + part) {
            contexts.removeLast();
        }
        if (ticketKey != null) {
            for (Dated each : contexts) {
                if (ticketKey.equals(each.ticketKey)) {
                    return each.context;
                }
            }
        }
        return contexts.getFirst().context;
    }
}
