package hopyard.proxy.record;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Tells by its name whether something is a secret: a field, a parameter, a segment of a path. What counts are the words
 * that the name is made of, however they are put together: {@code X-Auth-Token}, {@code accessToken}, {@code
 * user[password]}, {@code phpsessid}. In doubt it is one.
 */
final class SecretNames {

    /** A name is a secret's if these letters are in it, whatever stands between them. Three letters at least. */
    private static final List<String> ANYWHERE = List.of(
            "token",
            "secret",
            "passw",
            "passphrase",
            "passcode",
            "passkey",
            "pwd",
            "credential",
            "apikey",
            "accesskey",
            "privatekey",
            "session",
            "sessid",
            "signature",
            "hmac",
            "jwt",
            "bearer",
            "csrf",
            "xsrf",
            "nonce",
            "cookie",
            "oauth",
            "saml",
            "assertion",
            "dpop",
            "totp",
            "mnemonic",
            "authoriz",
            "authoris",
            "authentic",
            "certificate");

    /** Those that mean a secret only as a word of its own. */
    private static final Set<String> WORDS = Set.of(
            "key",
            "keys",
            "code",
            "codes",
            "pass",
            "pw",
            "auth",
            "pin",
            "otp",
            "sid",
            "sess",
            "sig",
            "cred",
            "creds",
            "cert",
            "mfa",
            "tfa",
            "ticket",
            "pat",
            "cvv",
            "cvc",
            "kennwort");

    /** Those that a name may end with, glued to another word. */
    private static final List<String> ENDS = List.of(
            "key", "keys", "code", "codes", "pass", "pw", "pin", "sid", "sess", "sig", "auth", "otp", "mfa", "ticket",
            "cert", "cred", "creds");

    /** What makes something harmless of a word that follows: a country code, the key of a cache. */
    private static final Set<String> HARMLESS_BEFORE = Set.of(
            "status",
            "country",
            "zip",
            "post",
            "postal",
            "error",
            "exit",
            "lang",
            "language",
            "currency",
            "response",
            "http",
            "region",
            "area",
            "color",
            "colour",
            "bar",
            "qr",
            "source",
            "en",
            "de",
            "trans",
            "uni",
            "geo",
            "iso",
            "short",
            "product",
            "cache",
            "surrogate",
            "sort",
            "foreign",
            "primary",
            "mon",
            "tur",
            "don",
            "whis",
            "joc",
            "hoc",
            "hot",
            "by",
            "com",
            "tres",
            "con",
            "sa",
            "s",
            "hair",
            "pos",
            "as");

    /** Parameters that are called just that. */
    private static final Set<String> PARAMETERS =
            Set.of("state", "refresh", "sign", "sso", "verify", "invite", "magic");

    /** Segments of a path behind which links from e-mails have what they let in by. */
    private static final Set<String> SEGMENTS =
            Set.of("reset", "verify", "confirm", "activate", "invite", "invitation", "magic", "unsubscribe");

    /** Fields that sound like a secret and are none. */
    private static final Set<String> HARMLESS_FIELDS =
            Set.of("access-control-allow-credentials", "www-authenticate", "proxy-authenticate");

    private static final int LETTERS = 26;

    /** The first three letters of {@link #ANYWHERE}. */
    private static final BitSet BEGINNINGS = new BitSet(LETTERS * LETTERS * LETTERS);

    static {
        ANYWHERE.forEach(letters -> BEGINNINGS.set(three(letters, 0)));
    }

    private SecretNames() {}

    static boolean isField(String name) {
        return isSecret(name) && !HARMLESS_FIELDS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Of a query, a form, a path parameter, an object: whatever has a name and a value. */
    static boolean isParameter(String name) {
        return isSecret(name) || PARAMETERS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether what follows a segment of a path is a secret. */
    static boolean isSegment(String segment) {
        return isSecret(segment) || SEGMENTS.contains(segment.toLowerCase(Locale.ROOT));
    }

    /** Whether the name has one of the words. */
    static boolean isSecret(String name) {
        return hasLetters(name) || hasWord(name, false) || hasWord(name, true);
    }

    private static boolean hasLetters(String name) {
        StringBuilder all = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = lower(name.charAt(i));
            if (isLetter(c)) {
                all.append(c);
            }
        }
        for (int i = 0; i + 2 < all.length(); i++) {
            if (BEGINNINGS.get(three(all, i))) {
                for (String letters : ANYWHERE) {
                    if (all.length() - i >= letters.length()
                            && letters.contentEquals(all.subSequence(i, i + letters.length()))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static int three(CharSequence letters, int at) {
        return ((letters.charAt(at) - 'a') * LETTERS + letters.charAt(at + 1) - 'a') * LETTERS
                + letters.charAt(at + 2)
                - 'a';
    }

    /** With {@code humps}, a capital letter begins a word; without, upper and lower case are the same. */
    private static boolean hasWord(String name, boolean humps) {
        String before = "";
        int start = 0;
        for (int i = 0; i <= name.length(); i++) {
            boolean ends = i == name.length() || !isLetter(lower(name.charAt(i)));
            if (ends || humps && i > start && isHump(name, i)) {
                if (i > start) {
                    String word = name.substring(start, i).toLowerCase(Locale.ROOT);
                    if (isSecretWord(word, before)) {
                        return true;
                    }
                    before = word;
                }
                start = ends ? i + 1 : i;
            }
        }
        return false;
    }

    /** Whether a word begins there: the T of accessToken, the K of APIKey. */
    private static boolean isHump(String name, int i) {
        return isUpper(name.charAt(i))
                && (!isUpper(name.charAt(i - 1))
                        || i + 1 < name.length()
                                && isLetter(lower(name.charAt(i + 1)))
                                && !isUpper(name.charAt(i + 1)));
    }

    private static boolean isSecretWord(String word, String before) {
        if (WORDS.contains(word)) {
            return !HARMLESS_BEFORE.contains(before);
        }
        if (word.startsWith("auth") && !word.startsWith("author")) {
            return true;
        }
        for (String end : ENDS) {
            if (word.endsWith(end)) {
                return !HARMLESS_BEFORE.contains(word.substring(0, word.length() - end.length()));
            }
        }
        return false;
    }

    private static char lower(char c) {
        return isUpper(c) ? (char) (c | 0x20) : c;
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z';
    }
}
