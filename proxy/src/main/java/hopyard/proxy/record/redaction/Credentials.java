package hopyard.proxy.record.redaction;

import java.util.BitSet;

/** Finds user names and passwords before a host: {@code user:password@host}. */
final class Credentials {

    private final char[] text;
    private final int[] depth;
    private final int length;
    private final BitSet hidden;
    private final StepsBack steps;

    private Credentials(DecodedText decoded, BitSet hidden, StepsBack steps) {
        this.hidden = hidden;
        this.steps = steps;
        text = decoded.chars();
        depth = decoded.depths();
        length = decoded.length();
    }

    static void hide(DecodedText text, BitSet hidden, StepsBack steps) {
        new Credentials(text, hidden, steps).hide();
    }

    private void hide() {
        int before = -1;
        int startBefore = -1;
        for (int i = 0; i < length && !steps.areTooMany(); i++) {
            if (text[i] == '@') {
                int start = startOfUserName(i, before, startBefore);
                if (start >= 0) {
                    // the text before the last at sign is hidden already
                    hidden.set(start == startBefore ? before : start, i);
                }
                before = i;
                startBefore = start;
            }
        }
    }

    /** Returns where the credentials before an at sign begin; -1 if there are none. */
    private int startOfUserName(int sign, int before, int startBefore) {
        boolean path = false;
        int nested = -1;
        for (int i = sign; i > 0; i--) {
            steps.add(1);
            char c = text[i - 1];
            if (i - 1 == before && depth[before] <= depth[sign]) {
                // the at sign before this one: in a password, or this one is in the path behind the host
                return startBefore >= 0 ? (path ? -1 : startBefore) : credentials(i, sign);
            }
            boolean slashes = isSlash(i - 1) && i > 1 && isSlash(i - 2);
            if (depth[i - 1] <= depth[sign]) {
                if (slashes) {
                    return path && !hasPassword(i, sign) ? credentials(i, sign) : i;
                }
                if (" \t\"<>".indexOf(c) >= 0) {
                    return nested >= 0 ? nested : credentials(i, sign);
                }
                path |= "/?#".indexOf(c) >= 0;
            } else if (slashes) {
                // the slashes of a nested URL, unless slashes that are encoded less often stand before them
                nested = i;
            }
        }
        return nested >= 0 ? nested : credentials(0, sign);
    }

    private boolean isSlash(int i) {
        return text[i] == '/' || text[i] == '\\';
    }

    /** Whether a colon and more than a port stand before the first slash: then the slash is part of a password. */
    private boolean hasPassword(int from, int to) {
        boolean colon = false;
        for (int i = from; i < to && text[i] != '/'; i++) {
            if (colon && (text[i] < '0' || text[i] > '9')) {
                return true;
            }
            colon |= text[i] == ':';
        }
        return false;
    }

    /** Returns where the user of user:password@host begins without slashes before it; -1 if there is no password. */
    private int credentials(int start, int sign) {
        int from = start;
        int colon = -1;
        for (int i = start; i < sign; i++) {
            if (text[i] == ':' && colon < 0) {
                colon = i;
            } else if (depth[i] <= depth[sign] && "/&?(".indexOf(text[i]) >= 0) {
                from = i + 1;
                colon = -1;
            } else if (text[i] == '=' && colon < 0) {
                from = i + 1;
            }
        }
        return colon < 0 ? -1 : from;
    }
}
