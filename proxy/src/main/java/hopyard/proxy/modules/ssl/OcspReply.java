package hopyard.proxy.modules.ssl;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * What a response of OCSP says of a certificate (RFC 6960 §4.2.1), whoever has signed it.
 *
 * @param status what the certificate is: {@code good}, {@code revoked} or {@code unknown}
 * @param since from when on that is known
 * @param until when it is to be asked again; {@code null} if that is not said
 */
record OcspReply(String status, Instant since, Instant until) {

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int INTEGER = 0x02;
    private static final int TIME = 0x18;
    /** A context's own value number 0: a version, the next update, the status {@code good}. */
    private static final int OWN_0 = 0xa0;

    private static final int GOOD = 0x80;
    private static final int REVOKED = 0xa1;

    private static final DateTimeFormatter TIMES = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'");

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException if it is no such response, or none about that certificate
     */
    static OcspReply about(X509Certificate certificate, byte[] response) {
        try {
            ByteBuffer whole = enter(ByteBuffer.wrap(response), SEQUENCE);
            skip(whole);
            ByteBuffer typed = enter(enter(whole, OWN_0), SEQUENCE);
            skip(typed);
            ByteBuffer data = enter(enter(enter(typed, OCTETS), SEQUENCE), SEQUENCE);
            if (isNext(data, OWN_0)) {
                skip(data);
            }
            // who says so, and when
            skip(data);
            skip(data);
            ByteBuffer all = enter(data, SEQUENCE);
            while (all.hasRemaining()) {
                ByteBuffer one = enter(all, SEQUENCE);
                if (serial(enter(one, SEQUENCE)).equals(certificate.getSerialNumber())) {
                    return read(one);
                }
            }
        } catch (BufferUnderflowException | IndexOutOfBoundsException | DateTimeException e) {
            throw new IllegalArgumentException("OCSP response cannot be read", e);
        }
        throw new IllegalArgumentException("certificate status not found in the OCSP response");
    }

    private static OcspReply read(ByteBuffer one) {
        int status = one.get(one.position()) & 0xff;
        skip(one);
        Instant since = time(enter(one, TIME));
        Instant until = isNext(one, OWN_0) ? time(enter(enter(one, OWN_0), TIME)) : null;
        return new OcspReply(status == GOOD ? "good" : status == REVOKED ? "revoked" : "unknown", since, until);
    }

    private static BigInteger serial(ByteBuffer id) {
        // the digest's algorithm, and the issuer's name and key
        skip(id);
        skip(id);
        skip(id);
        return new BigInteger(bytes(enter(id, INTEGER)));
    }

    private static Instant time(ByteBuffer from) {
        return LocalDateTime.parse(new String(bytes(from), StandardCharsets.US_ASCII), TIMES)
                .toInstant(ZoneOffset.UTC);
    }

    private static byte[] bytes(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        return bytes;
    }

    private static boolean isNext(ByteBuffer in, int tag) {
        return in.hasRemaining() && (in.get(in.position()) & 0xff) == tag;
    }

    /** Returns what the next value holds, and goes on behind it. */
    private static ByteBuffer enter(ByteBuffer in, int tag) {
        if (!isNext(in, tag)) {
            throw new IllegalArgumentException("OCSP response not successful");
        }
        return value(in);
    }

    private static void skip(ByteBuffer in) {
        value(in);
    }

    private static ByteBuffer value(ByteBuffer in) {
        in.get();
        int length = in.get() & 0xff;
        if (length >= 0x80) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < Math.min(bytes, Integer.BYTES); i++) {
                length = length << 8 | in.get() & 0xff;
            }
        }
        ByteBuffer value = in.slice(in.position(), length);
        in.position(in.position() + length);
        return value;
    }
}
