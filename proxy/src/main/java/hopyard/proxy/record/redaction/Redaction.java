package hopyard.proxy.record.redaction;

import hopyard.proxy.exchange.Messages;
import hopyard.proxy.exchange.RequestLog;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of messages. Names stay, and so do the scheme of an Authorization field and the attributes of a
 * cookie. A secret value becomes a mark that says how long it was. docs/console.md lists what is hidden.
 */
public final class Redaction {

    /** The authentication schemes that are registered or in use. Any other first word may be the secret itself. */
    private static final Set<String> SCHEMES = Set.of(
            "basic",
            "bearer",
            "concealed",
            "digest",
            "dpop",
            "gnap",
            "hoba",
            "mutual",
            "negotiate",
            "ntlm",
            "oauth",
            "privatetoken",
            "scram-sha-1",
            "scram-sha-256",
            "vapid",
            "aws",
            "aws4-hmac-sha256",
            "aws4-ecdsa-p256-sha256",
            "hawk");

    /** The parameters of a challenge that everybody may see. */
    private static final Set<String> OPEN_IN_CHALLENGES =
            Set.of("realm", "algorithm", "qop", "charset", "scope", "error", "error_description", "stale", "userhash");

    /** A parameter of a challenge, or any other word in a challenge. */
    private static final Pattern CHALLENGE =
            Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(\"[^\"]*\"?|[^\\s,=\"]+(?=\\s*(?:,|$)))|[^\\s,]+");

    /** An attribute of a cookie, with a value that such an attribute may have. */
    private static final Pattern ATTRIBUTE = Pattern.compile(
            "\\s*+(?:expires=[A-Za-z0-9:, -]{0,40}|max-age=-?[0-9]{1,12}|domain=[A-Za-z0-9.:-]*|samesite=[a-z]{1,6}|secure"
                    + "|httponly|partitioned|priority=[a-z]{1,6}|version=[0-9])\\s*",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern PATH_ATTRIBUTE = Pattern.compile("path=/[a-z0-9/._~-]*", Pattern.CASE_INSENSITIVE);

    /** The length of the shortest attribute. */
    private static final int MIN_ATTRIBUTE = "path=/".length();

    /** Fields that {@link #field} treats in another way than their names suggest. */
    private static final Set<String> SPECIAL =
            Set.of("www-authenticate", "proxy-authenticate", "sec-websocket-protocol");

    private static final String SENT =
            "(?:client sent (?:invalid header line|duplicate header line|duplicate host header)|upstream sent invalid header)"
                    + ": \"(?:[^\":]*:)?|client sent unknown \"Transfer-Encoding\": \"";

    private static final String MATCHED_ON = "pcre2_match\\(\\) failed: -[0-9]+ on \"";

    /** What the error log quotes from others, except the name of a field, up to the last quotation mark. */
    private static final Pattern QUOTE = Pattern.compile(
            "(?:" + SENT + "|[0-9] bytes: \"| user \"(?=.*\"[: ]))(.*)\"|" + MATCHED_ON + "(.*)\" using \"");

    /** Such a quote in a line that was cut, perhaps before the last quotation mark. */
    private static final Pattern OPEN_QUOTE =
            Pattern.compile("(?:" + SENT + "|[0-9] bytes: \"| user \"|" + MATCHED_ON + ")(.*)");

    /** Fields with ids, digests or boundaries: these are meant to look random, and people need to see them. */
    private static final Set<String> IDS = Set.of(
            "etag",
            "if-match",
            "if-none-match",
            "if-range",
            "traceparent",
            "tracestate",
            "hop-trace",
            "content-type",
            "content-md5",
            "sec-websocket-accept");

    private static final Pattern ID_NAME =
            Pattern.compile("(?:request|correlation|trace|span)-?id$|(?:^|-)digest$|^x-amz-cf-id$|^cf-ray$|^b3$");

    /** What the names of parameters begin with that hold fields. */
    private static final String PARAMETER = "HTTP_";

    private Redaction() {}

    /**
     * Returns a line of the error log without what it quotes of a client's malformed lines, credentials and keys:
     * nobody can tell what in these is a secret. The result may still hold URLs and parameters, which are for
     * {@link #text}.
     */
    public static String logLine(String line) {
        Matcher quote = (line.endsWith(RequestLog.CUT) ? OPEN_QUOTE : QUOTE).matcher(line);
        if (!quote.find()) {
            return line;
        }
        int its = quote.group(1) == null ? 2 : 1;
        return line.substring(0, quote.start(its)) + SecretMark.of(quote.group(its)) + line.substring(quote.end(its));
    }

    /** Redacts a text that may hold URLs and parameters: a request target, a log line, a field of any kind. */
    public static String text(String text) {
        return SecretText.redact(text);
    }

    /** Redacts a message of a WebSocket or an event stream. */
    public static Messages.Message message(Messages.Message message) {
        return message.text() == null
                ? message
                : new Messages.Message(
                        message.nanos(),
                        message.isFromClient(),
                        message.kind(),
                        message.length(),
                        ContentText.message(message.text()));
    }

    /** Redacts the value of a header field, or of a parameter of CGI that holds one. */
    public static String field(String name, String value) {
        String field = fieldOf(name);
        String lower = field.toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "authorization", "proxy-authorization" -> credentials(value);
            case "www-authenticate", "proxy-authenticate" -> challenge(value);
            case "cookie", "cookie2" -> cookies(value, false);
            case "set-cookie", "set-cookie2" -> cookies(value, true);
            // a browser can set no other field of a WebSocket's request, so some programs send a token as a protocol
            case "sec-websocket-protocol" -> SecretNames.isSecret(value) ? SecretMark.of(value) : text(value);
            default -> SecretNames.isField(field) ? SecretMark.of(value) : SecretText.redact(value, hasIds(lower));
        };
    }

    /** Returns the name of a field, also where it has become a parameter (RFC 3875 §4.1.18). */
    private static String fieldOf(String name) {
        return name.regionMatches(true, 0, PARAMETER, 0, PARAMETER.length())
                ? name.substring(PARAMETER.length()).replace('_', '-')
                : name;
    }

    private static boolean hasIds(String name) {
        return IDS.contains(name) || ID_NAME.matcher(name).find();
    }

    private static String credentials(String value) {
        int space = value.indexOf(' ');
        String scheme = space < 0 ? value : value.substring(0, space);
        if (!SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))) {
            return SecretMark.of(value);
        }
        return space < 0 ? value : scheme + " " + SecretMark.of(value.substring(space + 1));
    }

    private static String challenge(String value) {
        return CHALLENGE.matcher(value).replaceAll(found -> {
            String whole = found.group();
            String name = found.group(1);
            String shown;
            if (name == null) {
                shown = SCHEMES.contains(whole.toLowerCase(Locale.ROOT)) ? whole : SecretMark.of(whole);
            } else if (OPEN_IN_CHALLENGES.contains(name.toLowerCase(Locale.ROOT))) {
                shown = text(whole);
            } else {
                String hidden = found.group(2);
                shown = name + "="
                        + (hidden.startsWith("\"") ? "\"" + SecretMark.of(hidden) + "\"" : SecretMark.of(hidden));
            }
            return Matcher.quoteReplacement(shown);
        });
    }

    /** Hides the values of cookies, and not their names. With {@code set}, known attributes stay, too. */
    private static String cookies(String value, boolean set) {
        StringBuilder out = new StringBuilder(value.length());
        int equals = value.indexOf('=');
        for (int from = 0; from < value.length(); ) {
            if (equals >= 0 && equals < from) {
                equals = value.indexOf('=', from);
            }
            int semicolon = value.indexOf(';', from);
            boolean quoted = equals > 0 && (semicolon < 0 || equals < semicolon) && value.startsWith("\"", equals + 1);
            if (quoted && value.indexOf('"', equals + 2) > 0) {
                semicolon = value.indexOf(';', value.indexOf('"', equals + 2));
            }
            int to = semicolon < 0 ? value.length() : semicolon;
            cookie(out, value.substring(from, to), set && from > 0);
            if (semicolon >= 0) {
                out.append(';');
            }
            from = to + 1;
        }
        return out.toString();
    }

    private static void cookie(StringBuilder out, String pair, boolean attribute) {
        int equals = pair.indexOf('=');
        String bare = pair.strip();
        boolean known = attribute && bare.length() >= MIN_ATTRIBUTE;
        if (known && ATTRIBUTE.matcher(pair).matches()) {
            out.append(pair);
        } else if (known && PATH_ATTRIBUTE.matcher(bare).matches()) {
            out.append(text(pair));
        } else if (attribute || equals < 0) {
            out.append(pair, 0, pair.indexOf(bare)).append(SecretMark.of(bare));
        } else {
            out.append(pair, 0, equals + 1).append(SecretMark.of(pair.substring(equals + 1)));
        }
    }

    /** Whether {@link #field} treats a field other than as a text. */
    public static boolean isSpecial(String name) {
        return SPECIAL.contains(fieldOf(name).toLowerCase(Locale.ROOT)) || SecretNames.isField(fieldOf(name));
    }
}
