package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.record.redaction.QuickLook;
import hopyard.proxy.record.redaction.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is hidden in one line, and what is not. */
class RedactionTest {

    private final Redactor redactor = new Redactor();

    /** As it is recorded. */
    private String redact(String line) {
        byte[] bytes = (line + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        redactor.begin();
        redactor.redact(Redactor.Part.TO_UPSTREAM, bytes, 0, bytes.length);
        return new String(redactor.bytes(), 0, redactor.length(), StandardCharsets.ISO_8859_1).stripTrailing();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "client sent invalid header line: \"Bad Name: hunter2\" while reading"
                        + "|client sent invalid header line: \"Bad Name:[redacted:8]\" while reading",
                "client sent invalid header line: \"hunter2\"|client sent invalid header line: \"[redacted:7]\"",
                "the value of the \"$arg_q\" key is more than 255 bytes: \"hunter2\""
                        + "|the value of the \"$arg_q\" key is more than 255 bytes: \"[redacted:7]\"",
                "*1 user \"hunter2\": password mismatch|*1 user \"[redacted:7]\": password mismatch",
                "client sent unknown \"Transfer-Encoding\": \"hunter2\"|client sent unknown \"Transfer-Encoding\": \"[redacted:7]\"",
                "connect() failed (111: Connection refused)|connect() failed (111: Connection refused)",
                "client sent HTTP/1.1 request without \"Host\" header while reading|"
                        + "client sent HTTP/1.1 request without \"Host\" header while reading",
                "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time|"
                        + "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time",
                "client sent invalid header line: \"Author ization: swordfish,hunter2 a ...|"
                        + "client sent invalid header line: \"Author ization:[redacted:24]",
                "client sent duplicate header line: \"X: word1 word2\", previous value: \"X: word3 ...|"
                        + "client sent duplicate header line: \"X:[redacted:44]",
                "*1 user \"hunter2 ...|*1 user \"[redacted:11]",
                "client sent duplicate host header: \"Host: a\", previous value: \"Host: b\" while reading|"
                        + "client sent duplicate host header: \"Host:[redacted:29]\" while reading",
                "upstream sent invalid header: \"Set-Cookie: hunter2\\x00...\" while reading|"
                        + "upstream sent invalid header: \"Set-Cookie:[redacted:15]\" while reading",
                "pcre2_match() failed: -47 on \"hunter2\" using \" using \" using \"(a+)+$\" while|"
                        + "pcre2_match() failed: -47 on \"[redacted:23]\" using \"(a+)+$\" while",
                "pcre2_match() failed: -47 on \"hunter2 ...|pcre2_match() failed: -47 on \"[redacted:11]",
            })
    void theErrorLogQuotesNothingThatMayBeASecret(String line, String redacted) {
        assertEquals(redacted, Redaction.logLine(line));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token",
                "access_token",
                "accessToken",
                "AccessToken",
                "ACCESS-TOKEN",
                "access.token",
                "accesstoken",
                "user[password]",
                "passwd",
                "pwd",
                "pass",
                "db_pass",
                "passphrase",
                "userPass",
                "api_key",
                "apiKey",
                "APIKey",
                "apikey",
                "x-goog-api-key",
                "key",
                "private.key",
                "X-Amz-Credential",
                "X-Amz-Signature",
                "sig",
                "hmac",
                "AWSAccessKeyId",
                "Key-Pair-Id",
                "code",
                "authCode",
                "authcode",
                "auth",
                "oauth_verifier",
                "otp",
                "totp",
                "otp2",
                "pin",
                "PHPSESSID",
                "JSESSIONID",
                "ASPSESSIONIDQQ",
                "connect.sid",
                "sid",
                "session_id",
                "jwt",
                "id_token",
                "csrfmiddlewaretoken",
                "_csrf",
                "xsrf",
                "nonce",
                "SAMLResponse",
                "client_assertion",
                "ticket",
                "cred",
                "credentials",
                "cert",
                "bearer",
                "cookie",
                "state",
                "refresh",
                "mfa",
                "pW",
                "x-aPi-kEy",
                "%74oken",
                "%2574oken",
                "to%6ben",
                "user%5Bpassword%5D",
                "api+key",
                "secret1",
                "client_secret",
                "rememberMeToken",
                "tok",
                "authtok",
                "SAPISIDHASH",
                "motdepasse",
                "mot-de-passe",
                "mdp",
                "contrasena",
                "contrase%C3%B1a",
                "contrase%F1a",
                "Passwort",
                "kennwort",
                "schl%C3%BCssel",
                "senha",
                "clave",
                "wachtwoord",
                "has%C5%82o",
                "l%C3%B6senord",
                "%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C",
                "%D0%9A%D0%9B%D0%AE%D0%A7",
                "%E5%AF%86%E7%A0%81",
                "%E0%A4%AA%E0%A4%BE%E0%A4%B8%E0%A4%B5%E0%A4%B0%E0%A5%8D%E0%A4%A1",
                "%EB%B9%84%EB%B0%80%EB%B2%88%ED%98%B8",
                "%EF%BD%94%EF%BD%8F%EF%BD%8B%EF%BD%85%EF%BD%8E",
                "t%D0%BEken",
                "to%C2%ADken",
                "to-ken",
                "to.ken",
                "pass_word",
                "pass-word",
                "pass|word",
                "t0ken",
                "p455word",
                "to&#107;en",
                "\\x74oken"
            })
    void parametersNamedLikeASecretAreHidden(String name) {
        assertEquals(
                "GET /x?a=1&" + name + "=[redacted:9]&page=3 HTTP/1.1",
                redact("GET /x?a=1&" + name + "=Zq8/=?rt.&page=3 HTTP/1.1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "page",
                "q",
                "keyword",
                "monkey",
                "author",
                "authority",
                "countryCode",
                "zipcode",
                "status_code",
                "encode",
                "passenger",
                "compass",
                "bypass",
                "design",
                "shipping",
                "sort",
                "id",
                "next",
                "format",
                "position",
                "keyboard",
                "tiktok",
                "enclave",
                "sha1",
                "base64",
                "utm_source",
                "max-age"
            })
    void parametersThatSoundLikeItAreNot(String name) {
        assertEquals("GET /x?" + name + "=value HTTP/1.1", redact("GET /x?" + name + "=value HTTP/1.1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "GET http://u:PW12@h/x HTTP/1.1 | GET http://[redacted:6]@h/x HTTP/1.1",
                "Link: <//u:p@ssw@h/x>; rel=next | Link: <//[redacted:7]@h/x>; rel=next",
                "Link: <//u:p/w@h/x>; rel=next | Link: <//[redacted:5]@h/x>; rel=next",
                "Referer: https://TOKEN@h/x | Referer: https://[redacted:5]@h/x",
                "GET /?u=http://word/me:pw@host/ HTTP/1.1 | GET /?u=http://word/[redacted:5]@host/ HTTP/1.1",
                "GET /?u=word/me:pw@host/ HTTP/1.1 | GET /?u=word/[redacted:5]@host/ HTTP/1.1",
                "Referer: http://host/@scope/name | Referer: http://host/@scope/name",
                "X-Said: no user/password was provided for basic authentication | X-Said: no user/password was provided for basic authentication",
                "X-Original-URL: /a?token=T1&b=2 | X-Original-URL: /a?token=[redacted:2]&b=2",
                "Refresh: 5; url=/a?token=T1 | Refresh: 5; url=/a?token=[redacted:2]",
                "Location: /cb#access_token=T1&x=2 | Location: /cb#access_token=[redacted:2]&x=2",
                "Location: /cb#abcdefgh1 | Location: /cb#[redacted:9]",
                "Location: /cb#top | Location: /cb#top",
                "Link: </a?token=T1>; rel=next, </b> | Link: </a?token=[redacted:2]>; rel=next, </b>",
                "GET /a;jsessionid=T1/b?c=d HTTP/1.1 | GET /a;jsessionid=[redacted:2]/b?c=d HTTP/1.1",
                "GET /?next=http%3A%2F%2Fu:PW@h%3Ftoken%3DT1%26a%3Db&p=3 HTTP/1.1"
                        + " | GET /?next=http%3A%2F%2F[redacted:4]@h%3Ftoken%3D[redacted:2]%26a%3Db&p=3 HTTP/1.1",
                "GET /?n=%252F%252Fu%253APW%2540h%253Ftoken%253DT1 HTTP/1.1"
                        + " | GET /?n=%252F%252F[redacted:8]%2540h%253Ftoken%253D[redacted:2] HTTP/1.1",
                "GET /?token=a%26b;c,d&p=3 HTTP/1.1 | GET /?token=[redacted:9]&p=3 HTTP/1.1",
                "GET /reset/MQ/c5x3-7d9f/ HTTP/1.1 | GET /reset/[redacted:2]/[redacted:9]/ HTTP/1.1",
                "GET /token/abc%2Fde%3Ff?x=1 HTTP/1.1 | GET /token/[redacted:12]?x=1 HTTP/1.1",
                "GET /api/auth/login HTTP/1.1 | GET /api/auth/login HTTP/1.1",
                "GET /token/eyBlqQEJnY0Pw HTTP/1.1 | GET /token/[redacted:13] HTTP/1.1",
                "GET /?token='a';@x&p=3 HTTP/1.1 | GET /?token=[redacted:6]&p=3 HTTP/1.1",
                "GET /?u=http%3A%2F%2Fbob:l%40a%2Fb%40c@h HTTP/1.1 | GET /?u=http%3A%2F%2F[redacted:17]@h HTTP/1.1",
                "GET /x/eyJhbGciOiJI.eyJzdWIi.abc/y HTTP/1.1 | GET /x/[redacted:25]/y HTTP/1.1",
                "X-Debug: got ghp_abcdefghij now | X-Debug: got [redacted:14] now",
                "X-Debug: Bearer abcdefghij | X-Debug: Bearer [redacted:10]",
                "X-Data: {\"token\":\"a\\\"b\",\"page\":3} | X-Data: {\"token\":\"[redacted:4]\",\"page\":3}",
                "X-Data: {\\\"pin\\\": \\\"1234\\\", \\\"p\\\": 3} | X-Data: {\\\"pin\\\": \\\"[redacted:4]\\\", \\\"p\\\": 3}",
                "X-Db: app:pa55@db:5432 | X-Db: [redacted:8]@db:5432",
                "Authorization: Bearer abc | Authorization: Bearer [redacted:3]",
                "authorization: bAsIc abc | authorization: bAsIc [redacted:3]",
                "Authorization: TOKEN more | Authorization: [redacted:10]",
                "Authorization: TOKEN | Authorization: [redacted:5]",
                "Proxy-Authorization: Digest username=\"a\", nonce=\"b\" | Proxy-Authorization: Digest [redacted:23]",
                "WWW-Authenticate: Digest realm=\"r, s\", nonce=\"N1\", qop=auth"
                        + " | WWW-Authenticate: Digest realm=\"r, s\", nonce=\"[redacted:4]\", qop=auth",
                "WWW-Authenticate: Negotiate YIIabc== | WWW-Authenticate: Negotiate [redacted:8]",
                "WWW-Authenticate: Basic realm=\"x\" | WWW-Authenticate: Basic realm=\"x\"",
                "Cookie: a=1; TOKEN; b=\"x;y=z\"; c= | Cookie: a=[redacted:1]; [redacted:5]; b=[redacted:7]; c=",
                "Set-Cookie: a=1; Path=/; HttpOnly; SameSite=Lax; TOKEN; Max-Age=60"
                        + " | Set-Cookie: a=[redacted:1]; Path=/; HttpOnly; SameSite=Lax; [redacted:5]; Max-Age=60",
                "Set-Cookie: a=1; Path=/, b=2 | Set-Cookie: a=[redacted:1]; [redacted:11]",
                "X-API-Key: abc | X-API-Key: [redacted:3]",
                "X-SSL-Client-Cert: abc | X-SSL-Client-Cert: [redacted:3]",
                "GET /services/T000/B000/SECRET HTTP/1.1 | GET /services/[redacted:4]/[redacted:4]/[redacted:6] HTTP/1.1",
                "GET /services/T000/B000/abc123 HTTP/1.1 | GET /services/[redacted:4]/[redacted:4]/[redacted:6] HTTP/1.1",
                "GET /bot123:AAE3fq/sendMessage HTTP/1.1 | GET /[redacted:13]/sendMessage HTTP/1.1",
                "GET /bot1234567%3Aabc-_12/x HTTP/1.1 | GET /[redacted:20]/x HTTP/1.1",
                "GET /api/webhooks/1234/SECRET HTTP/1.1 | GET /api/webhooks/1234/[redacted:6] HTTP/1.1",
                "GET /hooks/abc123 HTTP/1.1 | GET /hooks/[redacted:6] HTTP/1.1",
                "GET /to-ken/abc123 HTTP/1.1 | GET /to-ken/[redacted:6] HTTP/1.1",
                "GET /x/token-SECRET/y HTTP/1.1 | GET /x/token-[redacted:6]/y HTTP/1.1",
                "GET /x/auth-token~ViomlZbn HTTP/1.1 | GET /x/auth-token~[redacted:8] HTTP/1.1",
                "GET /x/my_api_key_a1b2c3 HTTP/1.1 | GET /x/my_api_key_[redacted:6] HTTP/1.1",
                "GET /x/session-ab-cd12-ef HTTP/1.1 | GET /x/session-[redacted:10] HTTP/1.1",
                "GET /u/Zk3xQ9vT2mWp7LrB HTTP/1.1 | GET /u/[redacted:16] HTTP/1.1",
                "GET /u/zk3x-q9vt-2mwp-7lrb HTTP/1.1 | GET /u/[redacted:19] HTTP/1.1",
                "GET /u/?q=kR7+xQ9/vT2mWp7LrBs/Zk== HTTP/1.1 | GET /u/?q=[redacted:22]== HTTP/1.1",
                "GET /u/0123456789abcdef0123456789abcdef01234567 HTTP/1.1 | GET /u/[redacted:40] HTTP/1.1",
                "X-Data: Zk3xQ9vT2mWp7LrB, b | X-Data: [redacted:16], b",
                "X-Xml: <token>abc</token><b>c</b> | X-Xml: <token>[redacted:3]</token><b>c</b>",
                "X-Xml: <a:pin x=\"1\">1234</a:pin> | X-Xml: <a:pin x=\"1\">[redacted:4]</a:pin>",
                "X-Xml: &lt;pin&gt;1234&lt;/pin&gt; | X-Xml: &lt;pin&gt;[redacted:4]&lt;/pin&gt;",
                "X-Said: password SECRET and more | X-Said: password [redacted:6] and more",
                "X-Said: password -> secret | X-Said: password -> [redacted:6]",
                "X-Said: your password is abc. | X-Said: your password is [redacted:4]",
                "X-Said: 'pin' => '12' | X-Said: 'pin' => '[redacted:2]'",
                "GET /?q=the%20password%20is%20abc&p=1 HTTP/1.1 | GET /?q=the%20password%20is%20[redacted:3]&p=1 HTTP/1.1",
                "X-Data: {\"name\":\"pin\",\"value\":\"12\"} | X-Data: {\"name\":\"pin\",\"value\":\"[redacted:2]\"}",
                "X-Data: {&quot;pin&quot;:&quot;12&quot;,&quot;p&quot;:3} | X-Data: {&quot;pin&quot;:&quot;[redacted:2]&quot;,&quot;p&quot;:3}",
                "Sec-WebSocket-Protocol: chat, bearer, abc | Sec-WebSocket-Protocol: [redacted:17]",
            })
    void secretsAreHiddenWhereverTheyAre(String line, String shown) {
        assertEquals(shown, redact(line));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /whoami?a=1&b=two%20words HTTP/1.1",
                "Host: auth:8080",
                "Via: 1.1 proxy, 1.1 hopyard",
                "Forwarded: for=\"127.0.0.1:5000\";host=\"localhost:8080\";proto=http",
                "X-Forwarded-For: 10.0.0.1, 127.0.0.1",
                "X-Forwarded-Host: localhost:8080",
                "X-Request-ID: 0123456789abcdef0123456789abcdef",
                "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
                "Hop-Trace: proxy;from=\"127.0.0.1:53422\";at=\"127.0.0.1:80\";via=\"127.0.0.1:4\";to=\"127.0.0.1:8000\";conn=3"
                        + ";req=17;reused;dur=0.52, app;from=\"127.0.0.1:4\";at=\"127.0.0.1:8000\";conn=1;req=2;dur=0.1",
                "Server-Timing: proxy;dur=0.52, app;dur=0.21",
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
                "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "ETag: W/\"5f3-AbCdEfGhIjKlMnOpQr\"",
                "Cache-Control: private, max-age=3600",
                "Content-Type: multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                "Content-Security-Policy: default-src 'none'; script-src 'self'",
                "Date: Thu, 01 Jan 2026 00:00:00 GMT",
                "Proxy-Status: hopyard; error=connection_refused",
                "Keep-Alive: timeout=75",
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "Sec-WebSocket-Version: 13",
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Allow-Headers: Authorization, X-Token",
                "Vary: Cookie, Authorization",
                "Strict-Transport-Security: max-age=31536000; includeSubDomains",
                "Location: https://auth.example.com/dashboard-of-users/1?page=2",
                "Referer: http://localhost:8080/static/app.css",
                "Allow: GET, HEAD",
                "From: somebody@example.com",
                "GET /blog/2026/how-to-reset-your-password-in-seven-minutes HTTP/1.1",
                "GET /a-very-long-slug-of-an-article-about-reverse-proxies-and-javascript HTTP/1.1",
                "GET /static/polyfills-5CFQRCPP.js HTTP/1.1",
                "GET /static/app.0123456789abcdef0123.min.js HTTP/1.1",
                "GET /static/token-3fa9c1d2.css HTTP/1.1",
                "GET /services/consulting-and-training HTTP/1.1",
                "GET /orders/123e4567-e89b-12d3-a456-426614174000 HTTP/1.1",
                "GET /keys HTTP/1.1",
                "GET /?sort=getElementsByClassNameAndTagName HTTP/1.1",
                "GET /@angular/platform-browser-dynamic/bundles HTTP/1.1",
                "If-None-Match: \"kR7xQ9vT2mWp7LrBsZk3\"",
                "X-Correlation-ID: kR7xQ9vT2mWp7LrBsZk3",
                "tracestate: congo=t61rcWkgMzE0kR7xQ9vT2mWp7Lr",
                "Content-Security-Policy: script-src 'sha256-kR7xQ9vT2mWp/LrBsZk3kR7xQ9vT2mWp7LrBsZk3kR7='",
                "X-Image: app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "Content-Disposition: attachment; filename=annual-report-2026-final-version-2.pdf",
                "Last-Modified: Wednesday, 20260101T000000Z",
                "X-Note: password required, token expired",
                "Accept: application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            })
    void whatALessonLivesFromStays(String line) {
        assertEquals(line, redact(line));
        assertEquals(line, redact(line));
    }

    @Test
    void aLineThatCameBeforeIsRedactedAgain() {
        for (int i = 0; i < 3; i++) {
            String shown = redact("GET / HTTP/1.1\r\nHost: a\r\nX-Token: abc\r\nVia: b");
            assertEquals("GET / HTTP/1.1\r\nHost: a\r\nX-Token: [redacted:3]\r\nVia: b", shown);
        }
        assertEquals(
                "GET / HTTP/1.1\r\nX-Token: [redacted:4]\r\nHost: a",
                redact("GET / HTTP/1.1\r\nX-Token: abcd\r\nHost: a"));
        assertEquals("GET / HTTP/1.1\r\nX-Token: [redacted:4]", redact("GET / HTTP/1.1\r\nX-Token: abcd"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=",
                "a=",
                "token=",
                "\"",
                "\\\"",
                ":",
                "@",
                "a:b@",
                "//",
                "/reset/",
                "#",
                "%25",
                "%",
                ".",
                "eyJ",
                "eyJaaaaaa.",
                "<",
                "{\"",
                "Bearer ",
                "a=\"",
                ", ",
                "token:",
                ";"
            })
    void aLongLineIsNoTrouble(String piece) {
        for (String name :
                List.of("X-Any: ", "Cookie: ", "Set-Cookie: a=b; ", "WWW-Authenticate: Digest realm=\"", "")) {
            assertTrue(redact(name + piece.repeat(60_000 / piece.length()))
                    .startsWith(name.substring(0, name.indexOf(':') + 1)));
        }
    }

    @Test
    void basicAuthenticationIsNoCredential() {
        String words = "no user/password was provided for basic authentication";
        assertEquals(words, redact(words));
        assertEquals("for basic [redacted:16]", redact("for basic authenticationYQ"));
    }

    @Test
    void whatTheQuickLookFindsHarmlessIsHarmless() {
        QuickLook look = new QuickLook();
        List<String> words = List.of(
                "token=x",
                "/token/x1x1x1",
                "pin: 1234",
                "sid=",
                "Basic abcdefgh",
                "eyJhbGciO",
                "eyJh-bGciO",
                "sk-abcdefgh",
                "xoxb-12-abcdefgh",
                "SG.abcdefgh",
                "api-key=x",
                "user[pw]=x",
                "a@b",
                "%74",
                "x#abcdefgh",
                "hvs.abcdefgh");
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
            assertFalse(look.isHarmless(bytes, 0, bytes.length), word);
            assertFalse(look.isHarmless(bytes, 0, bytes.length), word);
        }
        byte[] bytes = "from=\"127.0.0.1:80\";dur=0.5, app".getBytes(StandardCharsets.ISO_8859_1);
        assertTrue(look.isHarmless(bytes, 0, bytes.length));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP_COOKIE: a=1; b=2|HTTP_COOKIE: a=[redacted:1]; b=[redacted:1]",
                "HTTP_AUTHORIZATION: Basic YTpi|HTTP_AUTHORIZATION: Basic [redacted:4]",
                "HTTP_X_API_KEY: hunter2|HTTP_X_API_KEY: [redacted:7]",
                "QUERY_STRING: token=hunter2&a=b|QUERY_STRING: token=[redacted:7]&a=b",
                "QUERY_STRING: a=b&password=hunter2|QUERY_STRING: a=b&password=[redacted:7]",
                "REQUEST_URI: /a?token=hunter2|REQUEST_URI: /a?token=[redacted:7]",
                "DB_PASSWORD: hunter2|DB_PASSWORD: [redacted:7]",
                "HTTP_IF_NONE_MATCH: \"5f3a9c1e7b2d4860a1b2c3d4\"|HTTP_IF_NONE_MATCH: \"5f3a9c1e7b2d4860a1b2c3d4\"",
                "HTTP_HOST: example.com|HTTP_HOST: example.com",
                "SCRIPT_FILENAME: /srv/www/index.php|SCRIPT_FILENAME: /srv/www/index.php",
            })
    void parametersOfCgiAreRedactedLikeTheFieldsThatTheyHold(String line, String redacted) {
        assertEquals(redacted, redact(line));
    }
}
