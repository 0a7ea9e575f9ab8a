package hopyard.proxy.record;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells by the name of a field, a parameter or a segment of a path whether its value is a secret. The words in the name
 * decide, however they are put together: {@code X-Auth-Token}, {@code accessToken}, {@code user[password]},
 * {@code phpsessid}. In doubt, the value is a secret.
 */
final class SecretNames {

    /** A name that holds these letters in a row is a secret's, whatever other signs stand between them. */
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
            "certificate",
            "sapisid",
            "accesstok",
            // words of other languages; the words in other letters are below
            "motdepasse",
            "contrasen",
            "kennwort",
            "geheim",
            "schluessel",
            "schlussel",
            "wachtwoord",
            "losenord",
            "passord",
            "kodeord",
            "adgangskode",
            "salasana",
            "jelszo",
            "lozinka",
            "segredo",
            "segreto",
            "sekret",
            "sesion",
            "parola",
            "parool",
            "sifre",
            "anahtar",
            "katasandi",
            "matkhau");

    /** Such words in letters that neither belong to ASCII nor look like ASCII. */
    private static final List<String> FOREIGN = Stream.of(
                    "парол",
                    "ключ",
                    "секрет",
                    "токен",
                    "пінкод",
                    "κωδικ",
                    "κλειδ",
                    "סיסמ",
                    "מפתח",
                    "كلمةالسر",
                    "كلمةالمرور",
                    "مفتاح",
                    "密码",
                    "密碼",
                    "密钥",
                    "密鑰",
                    "令牌",
                    "口令",
                    "パスワード",
                    "暗証",
                    "秘密",
                    "鍵",
                    "トークン",
                    "비밀번호",
                    "암호",
                    "토큰",
                    "รหัสผ่าน",
                    "पासवर्ड")
            .map(LookAlikes::fold)
            .toList();

    /** Words that mean a secret only when they stand by themselves. */
    private static final Set<String> WORDS = Set.of(
            "key", "keys", "code", "codes", "pass", "pw", "auth", "pin", "otp", "sid", "sess", "sig", "cred", "creds",
            "cert", "mfa", "tfa", "ticket", "pat", "cvv", "cvc", "tok", "psw", "pswd", "sidcc", "mdp", "jeton", "cle",
            "clave", "llave", "chave", "senha", "chiave", "sleutel", "nyckel", "nokkel", "avain", "haslo", "heslo",
            "geslo", "klucz", "klic", "kulcs", "kunci", "sandi", "parol");

    /** Words that mean a secret also at the end of another word. */
    private static final List<String> ENDS = List.of(
            "key", "keys", "code", "codes", "pass", "pw", "pin", "sid", "sess", "sig", "auth", "otp", "mfa", "ticket",
            "cert", "cred", "creds", "tok");

    /** Words that make the next word harmless: a country code, the key of a cache. */
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
            "as",
            "tik");

    /** Names of parameters that mean a secret if they are the whole name. */
    private static final Set<String> PARAMETERS =
            Set.of("state", "refresh", "sign", "sso", "verify", "invite", "magic");

    /** Segments of a path that a secret follows in links from e-mails. */
    private static final Set<String> SEGMENTS = Set.of(
            "reset",
            "verify",
            "verification",
            "confirm",
            "confirmation",
            "activate",
            "activation",
            "invite",
            "invitation",
            "magic",
            "recover",
            "recovery",
            "unsubscribe",
            "hook",
            "hooks");

    /** A secret also follows a segment that holds these letters. */
    private static final String WEBHOOK = "webhook";

    /** Segments that a Slack webhook begins with. */
    private static final Set<String> HOOKS = Set.of("services", "triggers", "workflows");

    /** Fields whose names sound like a secret, and whose values are none. */
    private static final Set<String> HARMLESS_FIELDS =
            Set.of("access-control-allow-credentials", "www-authenticate", "proxy-authenticate");

    private static final String AUTH = "auth";

    private static final int LETTERS = 26;

    /** The letter that each digit looks like; a dot where there is none. */
    private static final String LETTERS_OF_DIGITS = "oi.east.bg";

    /** Finds {@link #ANYWHERE} in one pass (Aho and Corasick): the next state for each state and letter. */
    private static final int[] NEXT;

    /** The state in which one of the words is complete. */
    private static final int FOUND = -1;

    static {
        int[] next = new int
                [LETTERS * (1 + ANYWHERE.stream().mapToInt(String::length).sum())];
        int states = 1;
        for (String letters : ANYWHERE) {
            int state = 0;
            for (int i = 0; i < letters.length() && state != FOUND; i++) {
                int at = state * LETTERS + letters.charAt(i) - 'a';
                if (i == letters.length() - 1) {
                    next[at] = FOUND;
                } else if (next[at] == 0) {
                    next[at] = states++;
                }
                state = next[at];
            }
        }
        // Breadth first. A transition that a state lacks is that of its longest suffix that is a state.
        int[] shorter = new int[states];
        Deque<Integer> queue = new ArrayDeque<>(List.of(0));
        while (!queue.isEmpty()) {
            int state = queue.remove();
            for (int i = 0; i < LETTERS; i++) {
                int at = state * LETTERS + i;
                int other = state == 0 ? 0 : next[shorter[state] * LETTERS + i];
                if (next[at] == 0 || other == FOUND) {
                    next[at] = other;
                } else if (next[at] != FOUND) {
                    shorter[next[at]] = other;
                    queue.add(next[at]);
                }
            }
        }
        NEXT = next;
    }

    /** The last two letters of {@link #WORDS} and {@link #ENDS}. */
    private static final BitSet LAST_LETTERS = new BitSet(LETTERS * LETTERS);

    static {
        WORDS.forEach(word -> LAST_LETTERS.set(lastLetters(word, word.length())));
        ENDS.forEach(word -> LAST_LETTERS.set(lastLetters(word, word.length())));
    }

    private SecretNames() {}

    static boolean isField(String name) {
        return isSecret(name) && !HARMLESS_FIELDS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a name means a secret in a query, a form, a path parameter or an object. */
    static boolean isParameter(String name) {
        return isSecret(name) || PARAMETERS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether what follows a segment of a path is a secret. */
    static boolean isSegment(String segment) {
        String lower = segment.toLowerCase(Locale.ROOT);
        return isSecret(segment) || SEGMENTS.contains(lower) || lower.contains(WEBHOOK);
    }

    /** Whether a segment of a path may be followed by a team's name and a secret. */
    static boolean isHook(String segment) {
        return HOOKS.contains(segment.toLowerCase(Locale.ROOT));
    }

    /** Whether a name has one of the words, whatever it is the name of. */
    static boolean isSecret(String name) {
        int state = 0;
        boolean capitals = false;
        boolean digits = false;
        boolean foreign = false;
        for (int i = 0; i < name.length(); i++) {
            char c = lower(name.charAt(i));
            digits |= c >= '0' && c <= '9';
            foreign |= c > 0x7f;
            if (isLetter(c)) {
                capitals |= c != name.charAt(i);
                state = NEXT[state * LETTERS + c - 'a'];
                if (state == FOUND) {
                    return true;
                }
            }
        }
        return hasWord(name, false)
                || capitals && hasWord(name, true)
                || digits && isSecretInDigits(name)
                || foreign && isForeign(name);
    }

    /** Whether a name has one of the words with digits in the place of letters: t0ken, p455word. */
    private static boolean isSecretInDigits(String name) {
        int state = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = lower(name.charAt(i));
            c = c >= '0' && c <= '9' ? LETTERS_OF_DIGITS.charAt(c - '0') : c;
            if (isLetter(c)) {
                state = NEXT[state * LETTERS + c - 'a'];
                if (state == FOUND) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isForeign(String name) {
        StringBuilder letters = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            if (Character.isLetter(name.charAt(i))) {
                letters.append(Character.toLowerCase(name.charAt(i)));
            }
        }
        for (String word : FOREIGN) {
            if (letters.indexOf(word) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name has one of the words. With {@code humps}, a capital letter begins a word. */
    private static boolean hasWord(String name, boolean humps) {
        int beforeStart = 0;
        int beforeEnd = 0;
        int start = 0;
        for (int i = 0; i <= name.length(); i++) {
            boolean ends = i == name.length() || !isLetter(lower(name.charAt(i)));
            if (ends || humps && i > start && isHump(name, i)) {
                if (i > start) {
                    if (maySecretEnd(name, start, i)
                            && isSecretWord(word(name, start, i), word(name, beforeStart, beforeEnd))) {
                        return true;
                    }
                    beforeStart = start;
                    beforeEnd = i;
                }
                start = ends ? i + 1 : i;
            }
        }
        return false;
    }

    private static String word(String name, int from, int to) {
        return name.substring(from, to).toLowerCase(Locale.ROOT);
    }

    /** Whether a word may be one of the words, by its last or first letters: a quick test before the exact one. */
    private static boolean maySecretEnd(String name, int from, int to) {
        return to - from > 1 && LAST_LETTERS.get(lastLetters(name, to))
                || to - from > 3 && name.regionMatches(true, from, AUTH, 0, AUTH.length());
    }

    private static int lastLetters(String name, int end) {
        return (lower(name.charAt(end - 2)) - 'a') * LETTERS + lower(name.charAt(end - 1)) - 'a';
    }

    /** Whether a capital letter begins a word: the T of accessToken, the K of APIKey. */
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
        if (word.startsWith(AUTH) && !word.startsWith("author")) {
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
