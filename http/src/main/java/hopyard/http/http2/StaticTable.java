package hopyard.http.http2;

import io.undertow.util.HttpString;
import java.util.Arrays;

/** The static table of HPACK (RFC 7541 appendix A). Its first entry has the index 1. */
final class StaticTable {

    private static final String[][] ENTRIES = {
        {":authority", ""},
        {":method", "GET"},
        {":method", "POST"},
        {":path", "/"},
        {":path", "/index.html"},
        {":scheme", "http"},
        {":scheme", "https"},
        {":status", "200"},
        {":status", "204"},
        {":status", "206"},
        {":status", "304"},
        {":status", "400"},
        {":status", "404"},
        {":status", "500"},
        {"accept-charset", ""},
        {"accept-encoding", "gzip, deflate"},
        {"accept-language", ""},
        {"accept-ranges", ""},
        {"accept", ""},
        {"access-control-allow-origin", ""},
        {"age", ""},
        {"allow", ""},
        {"authorization", ""},
        {"cache-control", ""},
        {"content-disposition", ""},
        {"content-encoding", ""},
        {"content-language", ""},
        {"content-length", ""},
        {"content-location", ""},
        {"content-range", ""},
        {"content-type", ""},
        {"cookie", ""},
        {"date", ""},
        {"etag", ""},
        {"expect", ""},
        {"expires", ""},
        {"from", ""},
        {"host", ""},
        {"if-match", ""},
        {"if-modified-since", ""},
        {"if-none-match", ""},
        {"if-range", ""},
        {"if-unmodified-since", ""},
        {"last-modified", ""},
        {"link", ""},
        {"location", ""},
        {"max-forwards", ""},
        {"proxy-authenticate", ""},
        {"proxy-authorization", ""},
        {"range", ""},
        {"referer", ""},
        {"refresh", ""},
        {"retry-after", ""},
        {"server", ""},
        {"set-cookie", ""},
        {"strict-transport-security", ""},
        {"transfer-encoding", ""},
        {"user-agent", ""},
        {"vary", ""},
        {"via", ""},
        {"www-authenticate", ""},
    };

    /** How many entries there are. */
    static final int LENGTH = ENTRIES.length;

    /** The index of {@code :status: 200}, which those of six other statuses follow. */
    static final int STATUS_200 = 8;

    /** The index of {@code :authority}, and of the first entries with other names of that kind. */
    static final int AUTHORITY = 1;

    static final int METHOD = 2;
    static final int PATH = 4;
    static final int SCHEME = 6;

    private static final HpackField[] FIELDS = new HpackField[LENGTH + 1];

    /** The indexes by the hashes of names; 0 for none. Where several entries have a name, the first one counts. */
    private static final byte[] BY_NAME = new byte[256];

    private static final byte[][] NAMES = new byte[LENGTH + 1][];

    static {
        for (int i = 1; i <= LENGTH; i++) {
            String name = ENTRIES[i - 1][0];
            HttpString known = i > 1 && ENTRIES[i - 2][0].equals(name) ? FIELDS[i - 1].name() : new HttpString(name);
            FIELDS[i] = new HpackField(known, ENTRIES[i - 1][1]);
            NAMES[i] = new byte[name.length()];
            known.copyTo(NAMES[i], 0);
            if (find(NAMES[i], 0, NAMES[i].length) == 0) {
                int slot = slot(NAMES[i], 0, NAMES[i].length);
                while (BY_NAME[slot] != 0) {
                    slot = slot + 1 & BY_NAME.length - 1;
                }
                BY_NAME[slot] = (byte) i;
            }
        }
    }

    private StaticTable() {}

    /** Returns the field with an index from 1 to {@link #LENGTH}. */
    static HpackField field(int index) {
        return FIELDS[index];
    }

    private static int slot(byte[] name, int from, int to) {
        int length = to - from;
        return length == 0
                ? 0
                : length * 31 + name[from] * 7 + name[to - 1] * 13 + name[from + length / 2] & BY_NAME.length - 1;
    }

    /** Returns the index of the first field with a name, which is in lower case; 0 if there is none. */
    static int find(byte[] name, int from, int to) {
        int slot = slot(name, from, to);
        while (BY_NAME[slot] != 0) {
            byte[] known = NAMES[BY_NAME[slot]];
            if (known.length == to - from && Arrays.equals(known, 0, known.length, name, from, to)) {
                return BY_NAME[slot];
            }
            slot = slot + 1 & BY_NAME.length - 1;
        }
        return 0;
    }
}
