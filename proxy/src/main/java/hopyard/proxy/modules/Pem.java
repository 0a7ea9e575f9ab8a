package hopyard.proxy.modules;

import hopyard.proxy.conf.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and private keys in PEM (RFC 7468), as nginx has them in files. */
final class Pem {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----", Pattern.DOTALL);

    /** The algorithm identifier that turns an RSA key of the old form (RFC 8017) into one of PKCS #8 (RFC 5208). */
    private static final byte[] RSA = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };

    /** The same for an EC key of RFC 5915. The curve is taken to be P-256, as it is in practice. */
    private static final byte[] P256 = {
        0x30,
        0x13,
        0x06,
        0x07,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0xce,
        0x3d,
        0x02,
        0x01,
        0x06,
        0x08,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0xce,
        0x3d,
        0x03,
        0x01,
        0x07
    };

    /** The largest file, in bytes: more than all root certificates of a system take. */
    private static final long MAX_BYTES = 4 << 20;

    private Pem() {}

    /**
     * Returns every certificate of a file, in the order of the file.
     *
     * @throws CertificateException if the file has none, or one is malformed
     */
    static List<X509Certificate> certificates(Surroundings around, Path file) throws IOException, CertificateException {
        List<X509Certificate> out = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Matcher matcher = BLOCK.matcher(around.read(file, MAX_BYTES));
        while (matcher.find()) {
            if (matcher.group(1).endsWith("CERTIFICATE")) {
                out.add((X509Certificate) factory.generateCertificate(
                        new ByteArrayInputStream(Base64.getMimeDecoder().decode(matcher.group(2)))));
            }
        }
        if (out.isEmpty()) {
            throw new CertificateException("no certificate in it");
        }
        return out;
    }

    /**
     * Returns the first private key of a file.
     *
     * @throws GeneralSecurityException if the file has none, or the key is malformed or protected by a pass phrase
     */
    static PrivateKey key(Surroundings around, Path file) throws IOException, GeneralSecurityException {
        Matcher matcher = BLOCK.matcher(around.read(file, MAX_BYTES));
        while (matcher.find()) {
            if (matcher.group(1).endsWith("PRIVATE KEY")) {
                if (matcher.group(1).startsWith("ENCRYPTED") || matcher.group(2).contains("ENCRYPTED")) {
                    throw new InvalidKeySpecException("keys with a pass phrase are not supported by hopyard");
                }
                byte[] bytes = Base64.getMimeDecoder().decode(matcher.group(2));
                return switch (matcher.group(1)) {
                    case "RSA PRIVATE KEY" -> parse(pkcs8(RSA, bytes));
                    case "EC PRIVATE KEY" -> parse(pkcs8(P256, bytes));
                    default -> parse(bytes);
                };
            }
        }
        throw new InvalidKeySpecException("no private key in it");
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
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.writeBytes(new byte[] {0x02, 0x01, 0x00});
        inner.writeBytes(algorithm);
        inner.writeBytes(der(0x04, key));
        return der(0x30, inner.toByteArray());
    }

    /** Returns a value in DER, with its tag and length before it (X.690). */
    private static byte[] der(int tag, byte[] value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (value.length < 128) {
            out.write(value.length);
        } else {
            out.write(0x82);
            out.write(value.length >> 8);
            out.write(value.length);
        }
        out.writeBytes(value);
        return out.toByteArray();
    }
}
