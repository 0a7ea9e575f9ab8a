package hopyard.proxy.record.redaction;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of a content that is text: out of the fields of a form and the members of JSON, and of any other
 * text what {@link SecretText} finds. Texts are byte strings.
 */
public final class ContentText {

    private static final Pattern BOUNDARY =
            Pattern.compile("boundary=(?:\"([^\"]+)\"|([^\\s;]+))", Pattern.CASE_INSENSITIVE);

    private static final Pattern NAME =
            Pattern.compile("\\bname=(?:\"([^\"]*)\"?|([^\\s;]+))", Pattern.CASE_INSENSITIVE);

    private static final Pattern HEAD_END = Pattern.compile("\r?\n\r?\n");

    private ContentText() {}

    /** Returns the content without its secrets. */
    public static byte[] redact(byte[] bytes, String type) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return redact(text, type).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String redact(String text, String type) {
        String kind = type.toLowerCase(Locale.ROOT);
        Matcher boundary = BOUNDARY.matcher(type);
        if (kind.startsWith("multipart/") && boundary.find()) {
            return multipart(text, "--" + (boundary.group(1) == null ? boundary.group(2) : boundary.group(1)));
        }
        if (kind.startsWith("application/x-www-form-urlencoded") && text.indexOf('=') > 0 && !JsonText.isLike(text)) {
            return form(text);
        }
        return message(text);
    }

    /** Redacts a text that is JSON or of any other kind. */
    static String message(String text) {
        return JsonText.isLike(text) ? JsonText.redact(text) : SecretText.redactLines(text);
    }

    /** Redacts a form of the type {@code application/x-www-form-urlencoded}: pairs of name and value. */
    private static String form(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int from = 0; from <= text.length(); ) {
            int and = text.indexOf('&', from);
            int to = and < 0 ? text.length() : and;
            String pair = text.substring(from, to);
            int equals = pair.indexOf('=');
            if (equals >= 0 && isSecretName(pair.substring(0, equals))) {
                out.append(pair, 0, equals + 1).append(SecretMark.of(pair.substring(equals + 1)));
            } else {
                out.append(SecretText.redactLines(pair));
            }
            if (and >= 0) {
                out.append('&');
            }
            from = to + 1;
        }
        return out.toString();
    }

    /**
     * Whether a name, however it is encoded, is the name of a secret: whether {@link SecretText} would hide its value.
     */
    private static boolean isSecretName(String name) {
        return !SecretText.redactLines(name + "=x1").endsWith("=x1");
    }

    /** Redacts a multipart content, in which the head of each part may name the part. */
    private static String multipart(String text, String delimiter) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int next = text.indexOf(delimiter, at);
            int end = next < 0 ? text.length() : next;
            out.append(part(text.substring(at, end)));
            if (next >= 0) {
                out.append(delimiter);
            }
            at = end + delimiter.length();
        }
        return out.toString();
    }

    private static String part(String part) {
        Matcher end = HEAD_END.matcher(part);
        if (!end.find()) {
            return SecretText.redactLines(part);
        }
        String head = part.substring(0, end.start());
        String content = part.substring(end.end());
        String close = content.endsWith("\r\n") ? "\r\n" : content.endsWith("\n") ? "\n" : "";
        content = content.substring(0, content.length() - close.length());
        Matcher name = NAME.matcher(head);
        boolean isSecret = name.find() && isSecretName(name.group(1) == null ? name.group(2) : name.group(1));
        boolean isText = Utf8Text.isText(content.getBytes(StandardCharsets.ISO_8859_1), true);
        return SecretText.redactLines(head)
                + end.group()
                + (isSecret ? SecretMark.of(content) : isText ? message(content) : content)
                + close;
    }
}
