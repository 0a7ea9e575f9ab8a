package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.regex.Pattern;

/** Finds segments of a path behind a name of a secret: {@code /reset/TOKEN}. */
final class PathSegments {

    /** A segment that stays visible behind a segment that is named like a secret. */
    private static final Pattern PLAIN_SEGMENT = Pattern.compile(
            "[a-z]{1,7}(?:\\.[a-z]{1,4})?|[0-9.]{1,5}|authorize|callback|password|register|reset-password|password-reset");

    /** The segment that follows {@code services} in the path of a Slack webhook. */
    private static final Pattern SLACK_TEAM = Pattern.compile("[TE][0-9A-Z]{2,}");

    private final DecodedText decoded;
    private final char[] text;
    private final int[] depth;
    private final int length;
    private final BitSet hidden;

    private PathSegments(DecodedText decoded, BitSet hidden) {
        this.decoded = decoded;
        this.hidden = hidden;
        text = decoded.chars();
        depth = decoded.depths();
        length = decoded.length();
    }

    static void hide(DecodedText text, BitSet hidden) {
        new PathSegments(text, hidden).hide();
    }

    private void hide() {
        boolean secret = false;
        boolean hook = false;
        boolean query = false;
        int deepest = Integer.MAX_VALUE;
        int start = 0;
        for (int i = 0; i <= length; i++) {
            char c = i == length ? ' ' : text[i];
            boolean ends = i == length || depth[i] <= deepest && ("/?#; \t\"<>".indexOf(c) >= 0 || c == '&' && query);
            if (!ends) {
                continue;
            }
            if (i > start && !isAuthority(start)) {
                String segment = decoded.string(start, i);
                secret |= hook && SLACK_TEAM.matcher(segment).matches();
                if (secret && !PLAIN_SEGMENT.matcher(segment).matches()) {
                    hidden.set(start, i);
                }
                hook = c == '/' && SecretNames.isHook(segment);
                if (!secret && c == '/' && SecretNames.isSegment(name(segment))) {
                    secret = true;
                    deepest = depth[i];
                }
            }
            query = c == '?' || query && c == '&';
            if (c != '/' && c != ';') {
                secret = false;
                hook = false;
                deepest = Integer.MAX_VALUE;
            }
            start = i + 1;
        }
    }

    /** Returns the end of a segment that may be a name: the text behind the last sign that no name has. */
    private static String name(String segment) {
        int start = segment.length();
        while (start > 0 && "&,=:'(){}\\".indexOf(segment.charAt(start - 1)) < 0) {
            start--;
        }
        return segment.substring(start);
    }

    /** Whether the host of a URL begins there. */
    private boolean isAuthority(int start) {
        return start > 1
                && text[start - 1] == '/'
                && text[start - 2] == '/'
                && (start == 2 || ": \t\"<=".indexOf(text[start - 3]) >= 0);
    }
}
