package hopyard.proxy.modules.ssl;

import hopyard.proxy.tls.Der;
import java.io.ByteArrayInputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** Reads certificates and private keys in PEM (RFC 7468), as nginx has them in files. */
final class Pem {

    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    /** What stands between a line that begins a block of a type and the line that ends it. */
    private record Block(String type, String content) {

        private byte[] bytes() {
            return Base64.getMimeDecoder().decode(content);
        }
    }

    /** The algorithm identifier that turns an RSA key of the old form (RFC 8017) into one of PKCS #8 (RFC 5208). */
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

    /** How that of an EC key begins, whose other part is the curve. */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    /** The tag of the curve in an EC key of RFC 5915. */
    private static final int CURVE = 0xa0;

    /** The largest file, in bytes: more than all root certificates of a system take. */
    static final long MAX_BYTES = 4 << 20;

    /** OpenSSL's words for a file without a certificate or a list. */
    private static final String NOTHING = "SSL: error:05800088:x509 certificate routines::no certificate or crl found";

    private Pem() {}

    /** Returns the blocks of a text up to the first one that does not end. */
    private static List<Block> blocks(String text) {
        List<Block> blocks = new ArrayList<>();
        int at = text.indexOf(BEGIN);
        while (at >= 0) {
            int dashes = text.indexOf(DASHES, at + BEGIN.length());
            String type = dashes < 0 ? "" : text.substring(at + BEGIN.length(), dashes);
            int end = dashes < 0 ? -1 : text.indexOf(DASHES + "END " + type + DASHES, dashes);
            if (end < 0) {
                break;
            }
            blocks.add(new Block(type, text.substring(dashes + DASHES.length(), end)));
            at = text.indexOf(BEGIN, end);
        }
        return blocks;
    }

    /**
     * Returns every certificate of a text, in its order.
     *
     * @throws CertificateException if it has none, or one is malformed
     */
    static List<X509Certificate> certificates(String text) throws CertificateException {
        List<X509Certificate> out = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (Block each : blocks(text)) {
            if (each.type.endsWith("CERTIFICATE")) {
                out.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(each.bytes())));
            }
        }
        if (out.isEmpty()) {
            throw new CertificateException(NOTHING);
        }
        return out;
    }

    /**
     * Returns every list of revoked certificates (RFC 5280 §5) in a text.
     *
     * @throws GeneralSecurityException if it has none, or one is malformed
     */
    static List<X509CRL> lists(String text) throws GeneralSecurityException {
        List<X509CRL> out = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (Block each : blocks(text)) {
            if (each.type.equals("X509 CRL")) {
                out.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(each.bytes())));
            }
        }
        if (out.isEmpty()) {
            throw new CRLException(NOTHING);
        }
        return out;
    }

    /**
     * Returns the first private key of a text.
     *
     * @param passwords the pass phrases that it may have
     * @throws GeneralSecurityException if there is none, it is malformed, or no pass phrase fits
     */
    static PrivateKey key(String text, List<String> passwords) throws GeneralSecurityException {
        for (Block each : blocks(text)) {
            if (!each.type.endsWith("PRIVATE KEY")) {
                continue;
            }
            if (each.type.startsWith("ENCRYPTED")) {
                return parse(EncryptedKey.pkcs8(each.bytes(), passwords));
            }
            if (each.content.contains("ENCRYPTED")) {
                return EncryptedKey.old(each.content, passwords, bytes -> parse(each.type, bytes));
            }
            return parse(each.type, each.bytes());
        }
        throw new InvalidKeySpecException("PEM_read_bio_PrivateKey() failed (SSL: error:1E08010C:DECODER routines::"
                + "unsupported:No supported data to decode. Input type: PEM)");
    }

    private static PrivateKey parse(String type, byte[] bytes) throws GeneralSecurityException {
        return switch (type) {
            case "RSA PRIVATE KEY" -> parse(pkcs8(RSA, bytes));
            case "EC PRIVATE KEY" -> parse(pkcs8(ec(bytes), bytes));
            default -> parse(bytes);
        };
    }

    /** Returns the algorithm identifier of an EC key, whose curve is in it. */
    private static byte[] ec(byte[] key) throws InvalidKeySpecException {
        ByteBuffer in = ByteBuffer.wrap(key);
        try {
            value(in, Der.SEQUENCE);
            skip(in);
            skip(in);
            int length = value(in, CURVE);
            byte[] curve = new byte[length];
            in.get(curve);
            return Der.sequence(EC, curve);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new InvalidKeySpecException("an EC key without a curve", e);
        }
    }

    /** Enters a value of DER, and returns its length. */
    private static int value(ByteBuffer in, int tag) throws InvalidKeySpecException {
        if ((in.get() & 0xff) != tag) {
            throw new InvalidKeySpecException("an EC key without a curve");
        }
        return length(in);
    }

    private static int length(ByteBuffer in) {
        int first = in.get() & 0xff;
        if (first < 128) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 3); i++) {
            length = length << 8 | in.get() & 0xff;
        }
        return length;
    }

    private static void skip(ByteBuffer in) {
        in.get();
        int length = length(in);
        in.position(in.position() + length);
    }

    /**
     * Checks that a private key belongs to a certificate.
     *
     * @throws KeyException if it does not
     */
    static void checkPair(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        String algorithm = key.getAlgorithm();
        if (!algorithm.equals(certificate.getPublicKey().getAlgorithm())) {
            throw new KeyException("key values mismatch");
        }
        // the certificate must verify what the key has signed
        Signature signature = Signature.getInstance(
                switch (algorithm) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> algorithm;
                });
        signature.initSign(key);
        signature.update(certificate.getSignature());
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(certificate.getSignature());
        boolean fits;
        try {
            fits = signature.verify(signed);
        } catch (SignatureException e) {
            fits = false;
        }
        if (!fits) {
            throw new KeyException("key values mismatch");
        }
    }

    private static PrivateKey parse(byte[] pkcs8) throws GeneralSecurityException {
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                // a key of another kind: the next algorithm may know it
            }
        }
        throw new InvalidKeySpecException("a private key of an unknown kind");
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return Der.sequence(new byte[] {0x02, 0x01, 0x00}, algorithm, Der.value(Der.OCTETS, key));
    }
}
