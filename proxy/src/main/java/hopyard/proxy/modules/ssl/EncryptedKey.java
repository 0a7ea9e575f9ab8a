package hopyard.proxy.modules.ssl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Opens private keys that a pass phrase protects, with the first one that fits. */
final class EncryptedKey {

    /** The field of the old form that names the cipher and its first block. */
    private static final Pattern DEK_INFO = Pattern.compile("DEK-Info: ([A-Z0-9-]+),([0-9A-Fa-f]+)");

    /** How many bytes of the first block are the salt. */
    private static final int SALT = 8;

    private EncryptedKey() {}

    /** Makes a key of bytes. */
    @FunctionalInterface
    interface Parser {
        PrivateKey parse(byte[] bytes) throws GeneralSecurityException;
    }

    /**
     * Returns the content of an {@code ENCRYPTED PRIVATE KEY} (RFC 5958 §3).
     *
     * @throws GeneralSecurityException if no pass phrase fits, or the way of encryption is not known
     */
    static byte[] pkcs8(byte[] encrypted, List<String> passwords) throws GeneralSecurityException {
        GeneralSecurityException last = null;
        for (String each : passwords) {
            try {
                EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(encrypted);
                // the parameters of PBES2 are called after the algorithm that they come to
                String algorithm =
                        info.getAlgName().equals("PBES2") || info.getAlgName().startsWith("1.2.840.113549.1.5.13")
                                ? info.getAlgParameters().toString()
                                : info.getAlgName();
                Cipher cipher = Cipher.getInstance(algorithm);
                cipher.init(
                        Cipher.DECRYPT_MODE,
                        SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(each.toCharArray())),
                        info.getAlgParameters());
                return info.getKeySpec(cipher).getEncoded();
            } catch (IOException e) {
                throw new InvalidKeySpecException(e);
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw none(last);
    }

    /**
     * Returns the key in a block of the old form (RFC 1421 §4.6.1.3), as OpenSSL's {@code EVP_BytesToKey} has encrypted
     * it.
     *
     * @param block what stands between the first and the last line
     * @throws GeneralSecurityException if no pass phrase fits, or the way of encryption is not known
     */
    static PrivateKey old(String block, List<String> passwords, Parser parser) throws GeneralSecurityException {
        Matcher info = DEK_INFO.matcher(block);
        if (!info.find()) {
            throw new InvalidKeySpecException("a key that is encrypted in an unknown way");
        }
        byte[] first = HexFormat.of().parseHex(info.group(2));
        byte[] encrypted = Base64.getMimeDecoder().decode(block.substring(info.end()));
        GeneralSecurityException last = null;
        for (String each : passwords) {
            try {
                return parser.parse(decrypt(info.group(1), first, encrypted, each));
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw none(last);
    }

    private static byte[] decrypt(String cipher, byte[] first, byte[] encrypted, String password)
            throws GeneralSecurityException {
        boolean isAes = cipher.matches("AES-(128|192|256)-CBC");
        if (!isAes && !cipher.equals("DES-EDE3-CBC")) {
            throw new InvalidKeySpecException("a key that is encrypted with " + cipher);
        }
        byte[] key = new byte[isAes ? Integer.parseInt(cipher.substring(4, 7)) / 8 : 24];
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        byte[] block = {};
        for (int at = 0; at < key.length; at += block.length) {
            md5.update(block);
            md5.update(password.getBytes(StandardCharsets.ISO_8859_1));
            md5.update(first, 0, SALT);
            block = md5.digest();
            System.arraycopy(block, 0, key, at, Math.min(block.length, key.length - at));
        }
        Cipher its = Cipher.getInstance(isAes ? "AES/CBC/PKCS5Padding" : "DESede/CBC/PKCS5Padding");
        its.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(key, isAes ? "AES" : "DESede"),
                new IvParameterSpec(Arrays.copyOf(first, its.getBlockSize())));
        return its.doFinal(encrypted);
    }

    private static GeneralSecurityException none(GeneralSecurityException last) {
        return new InvalidKeySpecException(
                last == null
                        ? "the key has a pass phrase, and there is no ssl_password_file"
                        : "no pass phrase of ssl_password_file fits the key",
                last);
    }
}
