package hopyard.proxy.modules.ssl;

import hopyard.proxy.upstream.Resolver;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Asks a responder (RFC 6960 §A.1). */
final class OcspFetch {

    private static final int HTTP_PORT = 80;

    /** nginx's time for it, in ms. */
    private static final int TIMEOUT_MILLIS = 60_000;

    private static final int MAX_RESPONSE = 64 << 10;

    private OcspFetch() {}

    /** Whether a responder's address is known, or there is somebody to ask for it. */
    static boolean canFind(URI responder, Resolver resolver) {
        return resolver != null || literal(responder) != null;
    }

    private static InetAddress literal(URI responder) {
        return Addresses.literal(responder.getHost().replaceAll("[\\[\\]]", ""));
    }

    /**
     * Asks a responder, and completes, on a thread of the worker, with the content of its answer; exceptionally if it
     * cannot be asked, or its answer is none of OCSP.
     *
     * @param resolver finds it, if it has a name
     */
    static CompletableFuture<byte[]> ask(URI responder, Resolver resolver, byte[] request, Executor worker) {
        InetAddress literal = literal(responder);
        CompletableFuture<InetAddress> address = literal != null
                ? CompletableFuture.completedFuture(literal)
                : resolver.lookUp(responder.getHost())
                        .thenApply(all -> all.addresses().get(0));
        return address.thenApplyAsync(at -> ask(responder, at, request), worker);
    }

    /** The same of a responder whose address is known. */
    static CompletableFuture<byte[]> ask(URI responder, InetAddress at, byte[] request, Executor worker) {
        return CompletableFuture.supplyAsync(() -> ask(responder, at, request), worker);
    }

    /** Says why it has failed. */
    static String reason(Throwable failure) {
        Throwable reason = failure;
        while (reason.getCause() != null
                && (reason instanceof CompletionException || reason instanceof UncheckedIOException)) {
            reason = reason.getCause();
        }
        return String.valueOf(reason.getMessage());
    }

    private static byte[] ask(URI responder, InetAddress at, byte[] request) {
        int port = responder.getPort() < 0 ? HTTP_PORT : responder.getPort();
        try {
            return ask(responder, new InetSocketAddress(at, port), request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] ask(URI responder, InetSocketAddress address, byte[] request) throws IOException {
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
