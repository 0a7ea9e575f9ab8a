package hopyard.proxy.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/** The question whether a certificate is revoked (RFC 6960 §4.1.1), in DER. */
public final class OcspRequest {

    /** The algorithm identifier of SHA-1, by which the issuer is named. */
    private static final byte[] SHA_1 = HexFormat.of().parseHex("300906052b0e03021a0500");

    private OcspRequest() {}

    /** Returns the question about a certificate of an issuer. */
    public static byte[] of(X509Certificate certificate, X509Certificate issuer) {
        byte[] id = Der.sequence(
                SHA_1,
                Der.value(Der.OCTETS, sha1(certificate.getIssuerX500Principal().getEncoded())),
                Der.value(Der.OCTETS, sha1(keyOf(issuer))),
                Der.value(Der.INTEGER, certificate.getSerialNumber().toByteArray()));
        return Der.sequence(Der.sequence(Der.sequence(Der.sequence(id))));
    }

    /** Returns the bits of a public key, without what says of which kind it is (RFC 5280 §4.1.2.7). */
    private static byte[] keyOf(X509Certificate issuer) {
        ByteBuffer in = ByteBuffer.wrap(issuer.getPublicKey().getEncoded());
        in.get();
        length(in);
        in.get();
        int algorithm = length(in);
        in.position(in.position() + algorithm + 1);
        byte[] bits = new byte[length(in) - 1];
        // how many bits of the last byte are not used: none
        in.get();
        in.get(bits);
        return bits;
    }

    private static int length(ByteBuffer in) {
        int first = in.get() & 0xff;
        int length = first < 128 ? first : 0;
        for (int i = 128; i < first; i++) {
            length = length << 8 | in.get() & 0xff;
        }
        return length;
    }

    private static byte[] sha1(byte[] of) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(of);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
