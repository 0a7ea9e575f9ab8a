package hopyard.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The key with which a client begins a WebSocket over HTTP/1.1, and by whose answer it knows that the server has
 * understood it (RFC 6455 §1.3).
 */
public final class WebSocketKey {

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int LENGTH = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private WebSocketKey() {}

    /** Returns a new one: the value of {@code Sec-WebSocket-Key}. */
    public static String make() {
        byte[] bytes = new byte[LENGTH];
        RANDOM.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Returns the answer to one: the value of {@code Sec-WebSocket-Accept}. */
    public static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
