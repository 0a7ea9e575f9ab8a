package hopyard.proxy.console.peers;

import hopyard.proxy.console.endpoint.Ticker;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A question to another proxy's console: a GET on a connection of its own, bounded in time and length. A redirect is
 * not followed, so nobody is asked but who is listed.
 */
final class PeerConnection implements AutoCloseable {

    /** For connecting, and for each time that something is waited for, in ms. */
    private static final int TIMEOUT = 1_000;

    /** For the whole answer. */
    private static final long MAX_MILLIS = 2_000;

    /** In bytes. */
    private static final int MAX_LENGTH = 2 << 20;

    /** Of an answer that refuses, in bytes. */
    private static final int MAX_REFUSAL = 4 << 10;

    private final HttpURLConnection connection;
    private final ScheduledFuture<?> end;
    private volatile boolean isTooLate;

    /**
     * Asks.
     *
     * @param rest what follows the location's name: {@code exchanges?limit=100}
     * @param accept {@code application/json} or {@code text/plain}
     * @param authorization what Authorization is to say; {@code null} for nothing
     * @param ticker ends it when it takes too long: a timeout for each read alone lets a peer send a byte a second
     */
    PeerConnection(Peer peer, String rest, String accept, String authorization, Ticker ticker) throws IOException {
        connection = (HttpURLConnection) url(peer, rest).openConnection(Proxy.NO_PROXY);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(TIMEOUT);
        connection.setReadTimeout(TIMEOUT);
        connection.setRequestProperty("Accept", accept);
        connection.setRequestProperty("Connection", "close");
        if (authorization != null) {
            connection.setRequestProperty("Authorization", authorization);
        }
        end = ticker.schedule(this::tooLate, MAX_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** A location of nginx may be called what is no path of a URL. */
    private static URL url(Peer peer, String rest) throws IOException {
        try {
            return URI.create("http://" + peer.address() + peer.path() + rest).toURL();
        } catch (IllegalArgumentException e) {
            throw new IOException("\"" + peer.path() + "\" is no path of a URL", e);
        }
    }

    private void tooLate() {
        isTooLate = true;
        connection.disconnect();
    }

    /** Asks, and waits for the head of the answer. */
    int status() throws IOException {
        try {
            return connection.getResponseCode();
        } catch (IOException e) {
            throw reason(e);
        }
    }

    private IOException reason(IOException e) {
        return isTooLate ? new SocketTimeoutException("its answer takes longer than " + MAX_MILLIS + " ms") : e;
    }

    /** What it answers. */
    InputStream content() throws IOException {
        try {
            return bounded(connection.getInputStream(), MAX_LENGTH);
        } catch (IOException e) {
            throw reason(e);
        }
    }

    /** What it says with a status that is no success: the beginning, and an empty array for nothing. */
    byte[] refusal() throws IOException {
        InputStream said = connection.getErrorStream();
        return said == null ? new byte[0] : bounded(said, MAX_LENGTH).readNBytes(MAX_REFUSAL);
    }

    private InputStream bounded(InputStream in, int most) {
        return new FilterInputStream(in) {
            private int length;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int count) throws IOException {
                int n = next(bytes, offset, count);
                length += Math.max(0, n);
                if (length > most) {
                    throw new IOException("its answer is longer than " + most + " bytes");
                }
                return n;
            }

            private int next(byte[] bytes, int offset, int count) throws IOException {
                try {
                    return super.read(bytes, offset, count);
                } catch (IOException e) {
                    throw reason(e);
                }
            }
        };
    }

    @Override
    public void close() {
        end.cancel(false);
        connection.disconnect();
    }
}
