package hopyard.proxy.console;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/** Makes up a request and a response with secrets in them: in all positions, spellings and encodings. */
final class PlantedSecrets {

    private static final String[] ALPHABETS = {
        "abcdefghijklmnopqrstuvwxyz",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    };

    /** What base64 and passwords have besides, and what may stand as it is in a value of a query. */
    private static final String PUNCTUATED = "abcdefghijklmnopqrstuvwxyz0123456789+/=!$'()*,;:?.~@";

    private static final String[][] NAMES = {
        {"token"},
        {"access", "token"},
        {"id", "token"},
        {"user", "password"},
        {"passwd"},
        {"db", "pwd"},
        {"my", "pass"},
        {"api", "key"},
        {"private", "key"},
        {"key"},
        {"secret"},
        {"client", "secret"},
        {"session", "id"},
        {"sess"},
        {"sid"},
        {"signature"},
        {"sig"},
        {"credential"},
        {"otp"},
        {"totp", "value"},
        {"pin"},
        {"auth", "code"},
        {"code"},
        {"auth"},
        {"jwt"},
        {"bearer"},
        {"csrf", "token"},
        {"xsrf"},
        {"nonce"},
        {"saml", "response"},
        {"assertion"},
        {"passphrase"},
        {"refresh", "token"},
        {"security", "token"},
        {"ticket"},
        {"client", "cert"},
        {"mfa", "code"},
        {"hmac"},
        {"tok"},
        {"to", "ken"},
        {"pass", "word"},
        {"mot", "de", "passe"},
        {"contrasena"},
        {"kennwort"},
        {"sapisidhash"}
    };

    /**
     * Names as they may stand in a query that are not in ASCII, or only look as if they were, or only do not look so.
     */
    private static final String[] DISGUISED = {
        "%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C",
        "contrase%C3%B1a",
        "contrasen%CC%83a",
        "contrase%F1a",
        "cl%C3%A9",
        "has%C5%82o",
        "%E5%AF%86%E7%A0%81",
        "%E3%83%91%E3%82%B9%E3%83%AF%E3%83%BC%E3%83%89",
        "%EF%BD%94%EF%BD%8F%EF%BD%8B%EF%BD%85%EF%BD%8E",
        "%25EF%25BD%2594oken",
        "t%D0%BEken",
        "%F0%9D%90%AD%F0%9D%90%A8%F0%9D%90%A4%F0%9D%90%9E%F0%9D%90%A7",
        "to%C2%ADken",
        "p%E2%80%8Bin",
        "p%u0069n",
        "to&#107;en",
        "\\x74oken",
        "p455w0rd",
        "t0ken",
    };

    private static final String[] URL_FIELDS = {
        "Referer",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Link",
        "Refresh",
        "Destination",
        "Location",
        "Content-Location",
        "X-Accel-Info",
        "Report-To",
        "X-Next",
        "Origin",
        "SourceMap",
        "X-Forwarded-Uri",
        "Via",
        "User-Agent",
        "From"
    };

    private final Random random;
    final List<String> secrets = new ArrayList<>();
    /** What must be seen of the exchange. */
    final List<String> visible = new ArrayList<>();

    PlantedSecrets(Random random) {
        this.random = random;
    }

    // ---- what a secret, its name and its place look like

    private String secret(String alphabet) {
        return secret(alphabet, 8);
    }

    private String secret(String alphabet, int min) {
        StringBuilder out = new StringBuilder();
        for (int n = min + random.nextInt(41 - min); n > 0; n--) {
            out.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        secrets.add(out.toString());
        return out.toString();
    }

    private String plain() {
        return secret(pick(ALPHABETS));
    }

    /** A secret that can be told by its look: not one in ten thousand of that length looks like words. */
    private String drawn() {
        return secret(ALPHABETS[1 + random.nextInt(3)], 24);
    }

    /** A secret that can be told from a word. */
    private String mixed() {
        return secret(ALPHABETS[2]);
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String[] pick(String[][] choices) {
        return choices[random.nextInt(choices.length)];
    }

    @SafeVarargs
    private String one(Supplier<String>... choices) {
        return choices[random.nextInt(choices.length)].get();
    }

    private String name() {
        String[] words = pick(NAMES);
        if (random.nextInt(3) == 0) {
            String[] longer = new String[words.length + 1];
            System.arraycopy(words, 0, longer, 1, words.length);
            longer[0] = pick("my", "app", "user", "new", "x", "old");
            words = longer;
        }
        String spelled = switch (random.nextInt(7)) {
            case 0 -> String.join("-", words);
            case 1 -> String.join("_", words);
            case 2 -> String.join(".", words);
            case 3 -> camel(words);
            case 4 -> String.join("_", words).toUpperCase(Locale.ROOT);
            case 5 -> "X-" + pick("Amz-", "Goog-", "") + String.join("-", words);
            default -> String.join("-", words) + random.nextInt(100);
        };
        return random.nextInt(6) == 0 ? anyCase(spelled) : spelled;
    }

    private String anyCase(String text) {
        StringBuilder out = new StringBuilder();
        // a change of case in the middle would begin another word
        boolean upper = false;
        for (char c : text.toCharArray()) {
            upper = Character.isLetterOrDigit(c)
                    ? upper || out.length() == 0 && random.nextBoolean()
                    : random.nextBoolean();
            out.append(upper ? Character.toUpperCase(c) : Character.toLowerCase(c));
        }
        return out.toString();
    }

    private static String camel(String... words) {
        StringBuilder out = new StringBuilder(words[0]);
        for (int i = 1; i < words.length; i++) {
            out.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
        }
        return out.toString();
    }

    /** Some characters of a name as escapes, perhaps escaped again; brackets as forms have them. */
    private String parameterName() {
        String name = random.nextInt(5) == 0 ? pick("user", "f", "data") + "[" + name() + "]" : name();
        name = random.nextInt(8) == 0 ? name.replace('_', '+') : name;
        if (random.nextInt(3) > 0) {
            return name.replace("[", pick("[", "%5B", "%5b")).replace("]", "%5D");
        }
        StringBuilder out = new StringBuilder();
        for (char c : name.toCharArray()) {
            out.append(
                    random.nextInt(3) == 0 || c == '[' || c == ']' ? pick("%", "%25") + hex(c) : Character.toString(c));
        }
        return out.toString();
    }

    private String hex(char c) {
        String hex = String.format("%02x", (int) c);
        return random.nextBoolean() ? hex : hex.toUpperCase(Locale.ROOT);
    }

    private String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String allEncoded(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            out.append('%').append(hex(c));
        }
        return out.toString();
    }

    private String value() {
        return switch (random.nextInt(5)) {
            case 0 -> encoded(secret(PUNCTUATED + "&#% \"<>"));
            case 1 -> allEncoded(plain());
            case 2 -> encoded(encoded(secret(PUNCTUATED)));
            case 3 -> secret(PUNCTUATED);
            default -> plain();
        };
    }

    private String query() {
        List<String> parameters = new ArrayList<>(List.of("page=3"));
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            String parameter = random.nextInt(6) == 0 ? pick("q", "id", "t") + "=" + drawn() : null;
            String name = random.nextInt(4) == 0 ? pick(DISGUISED) : parameterName();
            parameters.add(random.nextInt(parameters.size() + 1), parameter == null ? name + "=" + value() : parameter);
        }
        return String.join("&", parameters);
    }

    private String path() {
        return switch (random.nextInt(11)) {
            case 0 -> "/a;" + pick("jsessionid", "sid", "token", "v=1;authToken") + "=" + plain() + "/b";
            case 1 ->
                "/" + pick("reset", "token", "password-reset", "api/keys", "session", "verify", "accessToken") + "/"
                        + pick("", "MQ/") + secret(ALPHABETS[2]) + pick("", "/", "/done");
            case 2 -> "/x/" + jwt() + "/y";
            case 3 -> "/files/" + known();
            case 7 ->
                pick(
                                "/services/T000/B000/",
                                "/services/T02KQ8P1N/B0XL3/",
                                "/bot123:",
                                "/bot1234567890%3A",
                                "/api/webhooks/123456789012345678/",
                                "/hooks/",
                                "/hooks/catch/1234567/",
                                "/webhook-test/1/",
                                "/triggers/E01A/12/")
                        + plain()
                        + pick("", "/", "/send");
            case 8 ->
                "/x/" + pick("token", "key", "my-api-key", "app_secret", "session", "auth-token") + pick("-", "_", "~")
                        + mixed() + pick("", "/y");
            case 9 -> pick("/u/", "/files/a-long-slug-of-words/") + drawn() + pick("", "/x", ".json");
            case 10 -> "/to-ken/" + mixed();
            case 4 -> "/%74oken/" + encoded(secret("abcdefghijklmnop0123456789/?&:@"));
            default -> pick("/a", "/whoami", "/items/17", "/");
        };
    }

    private String jwt() {
        String head = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.US_ASCII));
        String claims = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(("{\"sub\":\"" + plain() + "\"}").getBytes(StandardCharsets.US_ASCII));
        secrets.add(claims);
        return head + "." + claims + "." + secret(ALPHABETS[3]);
    }

    private String known() {
        String token = pick("ghp_", "glpat-", "sk_live_", "xoxb-", "AKIA", "npm_") + secret(ALPHABETS[2]);
        secrets.add(token);
        return token;
    }

    private String userInfo() {
        return one(
                () -> "bob:" + secret("abcdefghijklmnop0123456789!$'()*,;=.~"),
                () -> plain() + ":x",
                this::plain,
                () -> "bob:" + encoded(secret(PUNCTUATED)));
    }

    /** A URL with a secret somewhere, as it would stand in a field. */
    private String url() {
        String begin = pick("http://h.example", "https://h.example:8443", "", "//h.example");
        return one(
                () -> begin + path() + "?" + query(),
                () -> pick("http:", "https:", "") + "//" + userInfo() + "@h.example/x?page=3",
                () -> begin + "/cb#" + pick("access_token", "id_token", "a=1&code") + "=" + plain(),
                () -> begin + "/cb#" + plain(),
                () -> begin + "/go?next=" + nested(url()) + "&page=3");
    }

    private String nested(String url) {
        return random.nextInt(3) == 0 ? encoded(encoded(url)) : encoded(url);
    }

    String target() {
        return switch (random.nextInt(6)) {
            case 0 -> "/go?next=" + nested(url()) + "&page=3";
            case 1 -> "/go?u=http%3A%2F%2F" + userInfo() + "@h%2Fx&page=3";
            case 2 -> "http://" + userInfo() + "@h.example/x";
            case 3 -> "http://h.example" + path() + "?" + query();
            default -> path() + "?" + query();
        };
    }

    // ---- field lines

    /** Field lines of a request or a response. */
    String fields(boolean response) {
        StringBuilder out = new StringBuilder();
        for (int n = 1 + random.nextInt(5); n > 0; n--) {
            out.append(response && random.nextInt(3) == 0 ? answering() : field())
                    .append("\r\n");
        }
        String shown = "v" + Integer.toString(random.nextInt(1 << 30), 36);
        visible.add(shown);
        return out.append("X-Visible: ").append(shown).append("\r\n").toString();
    }

    private String field() {
        return one(
                () -> fieldName() + ": " + secret(ALPHABETS[2] + ".,;=/+ "),
                () -> pick(URL_FIELDS) + ": " + urlValue(),
                () -> authorization(),
                () -> anyCase("Cookie") + ": a=" + plain() + "; " + plain() + "; b=\"" + plain() + ";" + plain() + "\"",
                () -> "X-Data: {\"" + camel(pick(NAMES)) + "\":\"" + secret(ALPHABETS[2] + ",;:{}&= ") + "\",\"p\":1}",
                () -> "X-Data: a=1; " + camel(pick(NAMES)) + "=\"" + secret(ALPHABETS[2] + ",;:&= ") + "\"; b=2",
                () -> "X-Data: " + String.join("_", pick(NAMES)) + pick(": ", "=") + plain() + ", page=3",
                () -> "X-Data: " + pick("Bearer ", "Basic ", "use token ") + plain(),
                () -> {
                    String tag = pick("", "a:", "my-") + camel(pick(NAMES));
                    String open = pick("<", "&lt;");
                    return "X-Xml: " + open + tag + pick("", " b=\"1\"")
                            + open.replace('<', '>').replace("lt", "gt") + plain() + open + "/" + tag
                            + open.replace('<', '>').replace("lt", "gt");
                },
                () -> "X-Said: " + pick("password", "the api key", "Your new PIN", "to-ken", "Kennwort", "my_secret")
                        + pick(" ", " is ", " was ", " -> ", " => ", "  is now ", " \u00e2\u0086\u0092 ", " = ", ": ")
                        + pick("", "'", "\"")
                        + mixed(),
                () -> "X-Said: 'token' => '" + plain() + "', 'page' => 3",
                () -> "X-Data: [{\"name\":\"" + camel(pick(NAMES)) + "\",\"value\":\"" + plain() + "\"}]",
                () -> "X-Data: {&quot;" + camel(pick(NAMES)) + "&quot;:&quot;" + plain() + "&quot;}",
                () -> "X-Data: " + drawn() + pick("", " and", ", page=3"),
                () -> "X-Data: "
                        + pick(
                                "\u00d0\u00bf\u00d0\u00b0\u00d1\u0080\u00d0\u00be\u00d0\u00bb\u00d1\u008c",
                                "contrase\u00f1a",
                                "\u00ef\u00bd\u0094oken")
                        + "=" + plain(),
                () -> "X-Db: bob:" + plain() + "@db.example:5432",
                () -> "X-Note: see " + known() + " and " + jwt(),
                () -> "X-Pem: -----BEGIN KEY----- " + plain() + " -----END KEY-----",
                () -> "Sec-WebSocket-Protocol: bearer, " + plain());
    }

    private String fieldName() {
        String name = name().replace('.', '-');
        visible.add(name.toLowerCase(Locale.ROOT));
        return name;
    }

    private String urlValue() {
        return switch (random.nextInt(5)) {
            case 0 -> "<" + url() + ">; rel=next, </b>; rel=prev";
            case 1 -> "5; url=" + url();
            case 2 -> "{\"endpoints\": [{\"url\": \"" + url() + "\"}], \"max_age\": 3}";
            case 3 -> "see \"" + url() + "\", page=3";
            default -> url();
        };
    }

    private String authorization() {
        return anyCase(pick("Authorization", "Proxy-Authorization")) + ": "
                + one(
                        () -> pick("Bearer ", "bearer ", "NTLM ", "Negotiate ") + plain(),
                        () -> "Basic " + base64("bob:" + plain()),
                        () -> plain() + " more",
                        () -> plain(),
                        () -> "Digest username=\"" + plain() + "\", nonce=\"" + plain() + "\", response=" + plain(),
                        () -> "AWS4-HMAC-SHA256 Credential=" + plain() + ", Signature=" + plain());
    }

    private String base64(String text) {
        String encoded = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
        secrets.add(encoded);
        return encoded;
    }

    private String answering() {
        return one(
                () -> "Set-Cookie: sid=" + plain() + "; Path=/; HttpOnly",
                () -> "Set-Cookie: " + plain() + "; Path=/",
                () -> "Set-Cookie: a=\"" + plain() + ";" + plain() + "\"; Max-Age=60; " + plain(),
                () -> "Set-Cookie: a=1; Path=/, b=" + plain(),
                () -> "WWW-Authenticate: Digest realm=\"r\", nonce=\"" + plain() + "\", opaque=\"" + plain() + "\"",
                () -> "WWW-Authenticate: Negotiate " + plain(),
                () -> "Authentication-Info: nextnonce=\"" + plain() + "\", rspauth=" + plain(),
                () -> "Location: " + url(),
                () -> "Link: <" + url() + ">; rel=next",
                () -> "Server-Timing: app;desc=\"token=" + plain() + "\"");
    }

    // ---- messages

    /** A request; now and then one that breaks the rules. */
    String request(int number) {
        String line = pick("GET", "GET", "POST", "HEAD", "DELETE") + " " + target() + " HTTP/1.1\r\n";
        String rest = "Host: localhost\r\nX-Case: " + number + "\r\nConnection: close\r\n" + fields(false);
        String head = line + rest;
        return switch (random.nextInt(10)) {
            case 0 -> head.replace(" HTTP/1.1", " HTTP/1.1 " + plain()) + "\r\n";
            case 1 -> head + "Bad Name: " + plain() + "\r\n\r\n";
            case 2 -> head + "Content-Length: " + plain() + "\r\n\r\n";
            case 3 ->
                head.replace("Host: localhost", "Host: bob:" + plain() + pick("@localhost", "@localhost:80")) + "\r\n";
            case 4 -> head.replace("Connection: close", "Connection: upgrade\r\nUpgrade: websocket") + "\r\n";
            case 5 -> {
                String body = "password=" + plain();
                yield head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
            }
            default -> head + "\r\n";
        };
    }

    String response() {
        String status =
                pick("200 OK", "200 OK", "302 Found", "401 Unauthorized", "500 Oops token=" + plain(), "404 Not Found");
        return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n" + fields(true) + "\r\n";
    }

    String switching() {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" + fields(true)
                + "\r\n";
    }
}
