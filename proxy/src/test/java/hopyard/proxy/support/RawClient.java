package hopyard.proxy.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that sends just the bytes that it is given. */
public final class RawClient implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;

    public RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        in = socket.getInputStream();
    }

    public Socket socket() {
        return socket;
    }

    public RawClient send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Reads up to and with the text. */
    public String readThrough(String end) throws IOException {
        StringBuilder out = new StringBuilder();
        while (out.indexOf(end) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("the connection ended before " + end + ": " + out);
            }
            out.append((char) b);
        }
        return out.toString();
    }

    /** Reads that many bytes. */
    public String read(int n) throws IOException {
        return new String(in.readNBytes(n), StandardCharsets.ISO_8859_1);
    }

    /** Reads to the end of the connection; a reset counts as the end. */
    public String readAll() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            in.transferTo(out);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            out.writeBytes("[reset]".getBytes(StandardCharsets.US_ASCII));
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** One request on a connection of its own: everything that comes back until the connection ends. */
    public static String exchange(int port, String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            return client.send(request).readAll();
        }
    }

    /** A GET that asks for the connection to be closed after it. */
    public static String get(int port, String target) throws IOException {
        return exchange(port, "GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    }
}
