package hopyard.proxy.record.redaction;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The words that tell by a name whether its value is a secret. */
final class SecretWords {

    /** A name that holds these letters in a row is a secret's, whatever other signs stand between them. */
    static final List<String> ANYWHERE = List.of(
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
    static final List<String> FOREIGN = Stream.of(
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
    static final Set<String> WORDS = Set.of(
            "key", "keys", "code", "codes", "pass", "pw", "auth", "pin", "otp", "sid", "sess", "sig", "cred", "creds",
            "cert", "mfa", "tfa", "ticket", "pat", "cvv", "cvc", "tok", "psw", "pswd", "sidcc", "mdp", "jeton", "cle",
            "clave", "llave", "chave", "senha", "chiave", "sleutel", "nyckel", "nokkel", "avain", "haslo", "heslo",
            "geslo", "klucz", "klic", "kulcs", "kunci", "sandi", "parol");

    /** Words that mean a secret also at the end of another word. */
    static final List<String> ENDS = List.of(
            "key", "keys", "code", "codes", "pass", "pw", "pin", "sid", "sess", "sig", "auth", "otp", "mfa", "ticket",
            "cert", "cred", "creds", "tok");

    /** Words that make the next word harmless: a country code, the key of a cache. */
    static final Set<String> HARMLESS_BEFORE = Set.of(
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
    static final Set<String> PARAMETERS = Set.of("state", "refresh", "sign", "sso", "verify", "invite", "magic");

    /** Segments of a path that a secret follows in links from e-mails. */
    static final Set<String> SEGMENTS = Set.of(
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
    static final String WEBHOOK = "webhook";

    /** Segments that a Slack webhook begins with. */
    static final Set<String> HOOKS = Set.of("services", "triggers", "workflows");

    /** Fields whose names sound like a secret, and whose values are none. */
    static final Set<String> HARMLESS_FIELDS =
            Set.of("access-control-allow-credentials", "www-authenticate", "proxy-authenticate");

    private SecretWords() {}
}
