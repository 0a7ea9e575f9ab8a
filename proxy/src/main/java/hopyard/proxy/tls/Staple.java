package hopyard.proxy.tls;

import java.nio.charset.StandardCharsets;

/**
 * What a responder has said of a server's certificate, which the server sends with it (RFC 6066 §8).
 *
 * @param response the response of OCSP in DER (RFC 6960 §4.2.1), one character for each byte
 */
public record Staple(String response) {

    /** The largest response, in bytes. */
    public static final long MAX_BYTES = 64 << 10;

    /** A sequence that begins with the status. */
    private static final String BEGINNING = "(?s)\\x30(\\x81.|\\x82..|[\\x00-\\x7f])\\x0a\\x01.*";

    /** Whether this is a whole response, whatever it says. */
    public boolean isComplete() {
        if (!response.matches(BEGINNING)) {
            return false;
        }
        int bytes = response.charAt(1) < 0x80 ? 0 : response.charAt(1) - 0x80;
        int length = bytes == 0 ? response.charAt(1) : 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | response.charAt(2 + i);
        }
        return response.length() >= 2 + bytes + length;
    }

    byte[] bytes() {
        return response.getBytes(StandardCharsets.ISO_8859_1);
    }
}
