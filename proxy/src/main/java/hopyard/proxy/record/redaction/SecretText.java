package hopyard.proxy.record.redaction;

import java.util.BitSet;

/**
 * Finds secrets in a text that may be, or hold, a URL, parameters or tokens. Secrets are user names and passwords,
 * values of parameters and segments of a path behind a name of a secret, fragments, and well-known tokens. A nested URL
 * is encoded, once or several times, so the text is decoded completely first.
 */
final class SecretText {

    /** A fragment that is not longer only names a place in a page. */
    private static final int SHORTEST_FRAGMENT = 8;

    private SecretText() {}

    static String redact(String raw) {
        return redact(raw, false);
    }

    /**
     * Returns the text with a mark in the place of each secret.
     *
     * @param ids whether the text is an id or a digest, which is meant to look random
     */
    static String redact(String raw, boolean ids) {
        return redact(raw, new DecodedText(raw, false), ids);
    }

    /** Does the same with a text of several lines. */
    static String redactLines(String raw) {
        return redact(raw, new DecodedText(raw, true), false);
    }

    private static String redact(String raw, DecodedText text, boolean ids) {
        BitSet hidden = new BitSet();
        StepsBack steps = new StepsBack(raw.length());
        ParameterValues.hide(text, hidden, steps);
        Credentials.hide(text, hidden, steps);
        PathSegments.hide(text, hidden);
        hideFragments(text, hidden);
        TokenForms.hide(text.chars(), text.length(), hidden);
        NamedInText.hide(text.chars(), text.depths(), text.length(), hidden);
        if (!ids) {
            RandomRuns.hide(text.chars(), text.length(), hidden);
        }
        if (steps.areTooMany()) {
            return SecretMark.of(raw.length());
        }
        return hidden.isEmpty() ? raw : text.marked(hidden);
    }

    /** Hides fragments that are no names of parameters, and longer than a name of a place in a page. */
    private static void hideFragments(DecodedText decoded, BitSet hidden) {
        char[] text = decoded.chars();
        int[] depth = decoded.depths();
        int length = decoded.length();
        for (int i = 1; i < length; i++) {
            if (text[i] == '#' && !DecodedText.isBlank(text[i - 1])) {
                int end = i + 1;
                boolean named = false;
                while (end < length && !(depth[end] <= depth[i] && " \t\"<>&".indexOf(text[end]) >= 0)) {
                    named |= text[end++] == '=';
                }
                if (!named && end - i > SHORTEST_FRAGMENT) {
                    hidden.set(i + 1, end);
                }
                i = end;
            }
        }
    }
}
