package hopyard.proxy.modules;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Crypt;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.Md5Crypt;

/**
 * Checks passwords against the entries of a password file: crypt(3) in its traditional, MD5, SHA-2 and bcrypt forms,
 * {@code $apr1$}, {@code {PLAIN}}, {@code {SHA}} and {@code {SSHA}}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html#auth_basic_user_file">
 *     auth_basic_user_file</a>
 */
final class Passwords {

    private static final int SHA1_BYTES = 20;

    /** How entries begin whose form is known. */
    private static final Pattern KNOWN = Pattern.compile("\\$(apr1|1|2[a-z]?|5|6)\\$|\\{|[./0-9A-Za-z]");

    private Passwords() {}

    /**
     * Whether a password is the right one. This is slow on purpose, and must not run on an I/O thread.
     *
     * @param stored the password's entry, as it stands in the file
     * @throws IllegalArgumentException if the form of {@code stored} is not known
     */
    static boolean matches(String password, String stored) {
        try {
            return isRight(password, stored);
        } catch (IllegalArgumentException e) {
            if (KNOWN.matcher(stored).lookingAt()) {
                // an entry that is malformed is nobody's password
                return false;
            }
            throw e;
        }
    }

    private static boolean isRight(String password, String stored) {
        byte[] bytes = password.getBytes(StandardCharsets.ISO_8859_1);
        if (stored.startsWith("{PLAIN}")) {
            return isSame(password, stored.substring(7));
        }
        if (stored.startsWith("{SHA}")) {
            return isSame(Base64.getEncoder().encodeToString(DigestUtils.sha1(bytes)), stored.substring(5));
        }
        if (stored.startsWith("{SSHA}")) {
            byte[] decoded = Base64.getDecoder().decode(stored.substring(6));
            if (decoded.length < SHA1_BYTES) {
                throw new IllegalArgumentException("{SSHA} is too short");
            }
            MessageDigest sha1 = DigestUtils.getSha1Digest();
            sha1.update(bytes);
            sha1.update(decoded, SHA1_BYTES, decoded.length - SHA1_BYTES);
            return MessageDigest.isEqual(sha1.digest(), Arrays.copyOf(decoded, SHA1_BYTES));
        }
        if (stored.startsWith("$apr1$")) {
            return isSame(Md5Crypt.apr1Crypt(bytes, stored), stored);
        }
        if (stored.startsWith("$2")) {
            return BCrypt.verifyer().verify(bytes, stored.getBytes(StandardCharsets.ISO_8859_1)).verified;
        }
        return isSame(Crypt.crypt(bytes, stored), stored);
    }

    private static boolean isSame(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.ISO_8859_1), b.getBytes(StandardCharsets.ISO_8859_1));
    }
}
