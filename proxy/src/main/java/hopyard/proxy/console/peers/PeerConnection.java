package hopyard.proxy.console.peers;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * A question to another proxy's console: a GET on a connection of its own, bounded in time and length. A redirect is
 * not followed, so nobody is asked but who is listed.
 */
final class PeerConnection implements AutoCloseable {

    /** For connecting, and for each time that something is waited for, in ms. */
    private static final int TIMEOUT = 1_000;

    /** For the whole answer. */
    static final long MAX_MILLIS = 2_000;

    /** In bytes. */
    private static final int MAX_LENGTH = 2 << 20;

    /** Of an answer that refuses, in bytes. */
    private static final int MAX_REFUSAL = 4 << 10;

    private final HttpURLConnection connection;
    private final long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_MILLIS);

    /**
     * Asks.
     *
     * @param rest what follows the location's name: {@code exchanges?limit=100}
     * @param accept {@code application/json} or {@code text/plain}
     * @param authorization what Authorization is to say; {@code null} for nothing
     */
    PeerConnection(Peer peer, String rest, String accept, String authorization) throws IOException {
        connection = (HttpURLConnection) URI.create("http://" + peer.address() + peer.path() + rest)
                .toURL()
                .openConnection(Proxy.NO_PROXY);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(TIMEOUT);
        connection.setReadTimeout(TIMEOUT);
        connection.setRequestProperty("Accept", accept);
        connection.setRequestProperty("Connection", "close");
        if (authorization != null) {
            connection.setRequestProperty("Authorization", authorization);
        }
    }

    int status() throws IOException {
        return connection.getResponseCode();
    }

    /** What it answers. */
    InputStream content() throws IOException {
        return bounded(connection.getInputStream(), MAX_LENGTH);
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
                if (System.nanoTime() > deadline) {
                    throw new SocketTimeoutException("its answer takes longer than " + MAX_MILLIS + " ms");
                }
                int n = super.read(bytes, offset, count);
                length += Math.max(0, n);
                if (length > most) {
                    throw new IOException("its answer is longer than " + most + " bytes");
                }
                return n;
            }
        };
    }

    @Override
    public void close() {
        connection.disconnect();
    }
}
