package hopyard.proxy.modules.ssl;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Asks a responder (RFC 6960 §A.1). It waits, and so belongs to a thread that may. */
final class OcspFetch {

    /** nginx's time for it, in ms. */
    private static final int TIMEOUT_MILLIS = 60_000;

    private static final int MAX_RESPONSE = 64 << 10;

    private OcspFetch() {}

    /**
     * Returns the content of the responder's answer.
     *
     * @param responder its URL
     * @param address where it is
     * @throws IOException if it cannot be asked, or its answer is none of OCSP
     */
    static byte[] ask(URI responder, InetSocketAddress address, byte[] request) throws IOException {
        String base = responder.getRawPath() == null ? "" : responder.getRawPath();
        String path = (base.endsWith("/") ? base : base + "/")
                + URLEncoder.encode(Base64.getEncoder().encodeToString(request), StandardCharsets.US_ASCII);
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(address, TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.0\r\nHost: " + responder.getRawAuthority() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return content(socket.getInputStream());
        } catch (SocketTimeoutException e) {
            throw new IOException("OCSP responder timed out", e);
        }
    }

    private static byte[] content(InputStream in) throws IOException {
        byte[] all = in.readNBytes(MAX_RESPONSE);
        String text = new String(all, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        int blank = end >= 0 ? end + 4 : text.indexOf("\n\n") + 2;
        if (blank < 2) {
            throw new IOException("OCSP responder prematurely closed connection");
        }
        String head = text.substring(0, blank);
        if (!head.matches("(?s)HTTP/\\d\\.\\d 200\\b.*")) {
            throw new IOException("OCSP responder sent invalid response");
        }
        if (!head.matches("(?si).*\\ncontent-type:[ \\t]*application/ocsp-response[;\\s].*")) {
            throw new IOException("OCSP responder sent invalid \"Content-Type\" header");
        }
        byte[] content = new byte[all.length - blank];
        System.arraycopy(all, blank, content, 0, content.length);
        return content;
    }
}
