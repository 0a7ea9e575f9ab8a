package hopyard.proxy.upstream;

import hopyard.http.Tokens;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The head of an upstream's response, parsed in place. Field names and values become objects only when they are asked
 * for; names that have been seen before come from a cache.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-4">RFC 9112 §4, §5</a>
 */
public final class ResponseHead {

    /** How many names are remembered: more than any app uses. A name with the same slot replaces the one before. */
    private static final int NAMES = 512;

    /** Undertow's map, which some modules look at, counts the lines with the same name in a byte. */
    private static final int MAX_NAMES_BYTES = Byte.MAX_VALUE;

    /** nginx's words for a head that is not a response head. */
    public static final String NO_HTTP = "upstream sent no valid HTTP/1.0 header";

    private static final byte[] BEGINNING = {'H', 'T', 'T', 'P', '/', '1', '.'};

    private byte[] bytes = new byte[4096];
    private int length;
    /** The previous head: an app's heads differ little, and lines that are the same are not parsed again. */
    private byte[] bytesBefore = new byte[4096];

    private boolean isCgi;
    private boolean isHttp2;
    private int status;
    private int minorVersion;
    private String reason;
    private int count;
    private HttpString[] names = new HttpString[32];
    private int[] valueStart = new int[32];
    private int[] valueEnd = new int[32];
    /** Where each field line begins, and what follows the last; the first is 0 if there is no valid status line. */
    private int[] lineStart = new int[33];

    /** A bit for each hash of a name that is there, so that most questions for other names need no search. */
    private long present;

    private final HttpString[] known = new HttpString[NAMES];

    /** Returns the head that was parsed last, valid until the next one is parsed. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the head that was parsed last, in an array of its own. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Where the head ends in {@code buffer} (the index after its empty line), or -1 if it is not all there yet. */
    public static int end(ByteBuffer buffer, int from) {
        int limit = buffer.limit();
        for (int i = Math.max(from - 3, buffer.position()); i < limit; i++) {
            if (buffer.get(i) == '\n') {
                int next = i + 1;
                if (next < limit && buffer.get(next) == '\r') {
                    next++;
                }
                if (next < limit && buffer.get(next) == '\n') {
                    return next + 1;
                }
            }
        }
        return -1;
    }

    /** Whether what a buffer holds may become a head of HTTP/1. */
    public static boolean mayBegin(ByteBuffer buffer) {
        for (int i = buffer.position(); i < buffer.limit() && i - buffer.position() < BEGINNING.length; i++) {
            if (buffer.get(i) != BEGINNING[i - buffer.position()]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Parses the head between the buffer's position and {@code end}, and moves the position behind it.
     *
     * @return {@code null}, or what is wrong with it
     */
    public String parse(ByteBuffer buffer, int end) {
        isCgi = false;
        isHttp2 = false;
        int at = sameAsBefore(buffer, end - buffer.position());
        if (at == 0) {
            int lineEnd = lineEnd();
            if (!statusLine(trimCr(lineEnd))) {
                return mayBegin(ByteBuffer.wrap(bytes, 0, length)) ? "upstream sent invalid status line" : NO_HTTP;
            }
            at = lineEnd + 1;
            lineStart[0] = at;
        }
        while (bytes[at] != '\n' && (bytes[at] != '\r' || bytes[at + 1] != '\n')) {
            int next = field(at);
            if (next < 0) {
                return invalidField(new String(bytes, at, ~next - at, StandardCharsets.ISO_8859_1), bytes[~next]);
            }
            at = next;
        }
        return count > MAX_NAMES_BYTES && hasTooManyOfAName() ? "upstream sent too many header lines" : null;
    }

    /** Returns what the error log says of a line that is no field, up to the byte that is wrong. */
    public static String invalidField(String begun, byte wrong) {
        return "upstream sent invalid header: \"" + begun + "\\x%02x...\"".formatted(wrong & 0xff);
    }

    /** Notes that the head had no status line: it was made from fields of CGI. */
    public void ofCgi() {
        isCgi = true;
    }

    /** Whether the head had no status line. */
    public boolean isCgi() {
        return isCgi;
    }

    /** Notes that the head was made from fields of HTTP/2. */
    public void ofHttp2() {
        isHttp2 = true;
    }

    /** Whether the head was one of HTTP/2. */
    public boolean isHttp2() {
        return isHttp2;
    }

    private boolean hasTooManyOfAName() {
        Map<HttpString, Integer> counts = new HashMap<>();
        for (int i = 0; i < count; i++) {
            if (counts.merge(names[i], 1, Integer::sum) > MAX_NAMES_BYTES) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes the head, and keeps the results for those first lines that are the same as in the previous head.
     *
     * @return where the first different line begins; 0 if that is the status line
     */
    private int sameAsBefore(ByteBuffer buffer, int size) {
        byte[] free = bytesBefore;
        bytesBefore = bytes;
        bytes = free.length < size ? new byte[size] : free;
        buffer.get(bytes, 0, size);
        int other = Arrays.mismatch(bytes, 0, size, bytesBefore, 0, length);
        int same = other < 0 ? size : other;
        length = size;
        int kept = count;
        while (kept > 0 && lineStart[kept] > same) {
            kept--;
        }
        if (kept < count) {
            present = 0;
            for (int i = 0; i < kept; i++) {
                present |= 1L << names[i].hashCode();
            }
            count = kept;
        }
        if (lineStart[kept] > same) {
            lineStart[0] = 0;
        }
        return lineStart[kept];
    }

    private int lineEnd() {
        int i = 0;
        while (i < length && bytes[i] != '\n') {
            i++;
        }
        return i;
    }

    private int trimCr(int lineEnd) {
        return lineEnd > 0 && bytes[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
    }

    /** {@code HTTP/1.x SP 3DIGIT [SP reason]} */
    private boolean statusLine(int end) {
        if (end < 12
                || bytes[0] != 'H'
                || bytes[1] != 'T'
                || bytes[2] != 'T'
                || bytes[3] != 'P'
                || bytes[4] != '/'
                || bytes[5] != '1'
                || bytes[6] != '.'
                || !isDigit(bytes[7])
                || bytes[8] != ' '
                || !isDigit(bytes[9])
                || !isDigit(bytes[10])
                || !isDigit(bytes[11])
                || end > 12 && bytes[12] != ' ') {
            return false;
        }
        minorVersion = bytes[7] - '0';
        status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
        for (int i = 13; i < end; i++) {
            if (!Tokens.isFieldText(bytes[i])) {
                return false;
            }
        }
        reason = end > 13 ? reason(13, end) : "";
        return status >= 100 && status < 600;
    }

    /**
     * Parses one field line. The head's last byte is a line feed, so the parser never looks beyond it.
     *
     * @return where the next line begins; negative if this line is malformed
     */
    private int field(int start) {
        int i = start;
        int hash = 0;
        for (byte b = bytes[i]; b != ':'; b = bytes[++i]) {
            if (!Tokens.isTokenChar(b)) {
                return ~i;
            }
            hash = hash * 31 + b;
        }
        int colon = i;
        if (colon == start) {
            return ~i;
        }
        do {
            i++;
        } while (isBlank(bytes[i]));
        int from = i;
        for (byte b = bytes[i]; b != '\n'; b = bytes[++i]) {
            if (!Tokens.isFieldText(b) && (b != '\r' || bytes[i + 1] != '\n')) {
                return ~i;
            }
        }
        int to = i > from && bytes[i - 1] == '\r' ? i - 1 : i;
        while (to > from && isBlank(bytes[to - 1])) {
            to--;
        }
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
            valueStart = Arrays.copyOf(valueStart, count * 2);
            valueEnd = Arrays.copyOf(valueEnd, count * 2);
            lineStart = Arrays.copyOf(lineStart, count * 2 + 1);
        }
        HttpString name = name(start, colon, hash);
        present |= 1L << name.hashCode();
        names[count] = name;
        valueStart[count] = from;
        valueEnd[count] = to;
        count++;
        lineStart[count] = i + 1;
        return i + 1;
    }

    private HttpString name(int start, int end, int hash) {
        int slot = (hash ^ hash >>> 9 ^ hash >>> 18) & NAMES - 1;
        HttpString cached = known[slot];
        if (cached != null && isSame(cached, start, end)) {
            return cached;
        }
        HttpString made = new HttpString(bytes, start, end - start);
        HttpString standard = Headers.fromCache(made.toString());
        if (standard != null && standard.toString().equals(made.toString())) {
            // the standard object is quicker to compare
            made = standard;
        }
        known[slot] = made;
        return made;
    }

    private boolean isSame(HttpString name, int start, int end) {
        if (name.length() != end - start) {
            return false;
        }
        for (int i = start; i < end; i++) {
            if (name.byteAt(i - start) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    public int status() {
        return status;
    }

    /** The reason phrase; empty if there is none. */
    public String reason() {
        return reason;
    }

    /** Whether the version is at least 1.1, where connections persist by default. */
    public boolean isHttp11() {
        return minorVersion >= 1;
    }

    /** How many field lines there are. */
    public int count() {
        return count;
    }

    /** Where the value of a field begins in {@link #bytes()}. */
    public int valueStart(int i) {
        return valueStart[i];
    }

    /** Where the value of a field ends in {@link #bytes()}. */
    public int valueEnd(int i) {
        return valueEnd[i];
    }

    private boolean mayHave(HttpString name) {
        return (present & 1L << name.hashCode()) != 0;
    }

    public HttpString name(int i) {
        return names[i];
    }

    public String value(int i) {
        return latin1(valueStart[i], valueEnd[i]);
    }

    /** The first value of a field, or {@code null}. */
    public String first(HttpString name) {
        for (int i = 0; i < count && mayHave(name); i++) {
            if (names[i].equals(name)) {
                return value(i);
            }
        }
        return null;
    }

    /** Adds the fields of these names to others. */
    public void copy(Set<HttpString> wanted, HeaderMap to) {
        for (int i = 0; i < count; i++) {
            if (wanted.contains(names[i])) {
                to.add(names[i], value(i));
            }
        }
    }

    /** All values of a field, joined by commas as RFC 9110 §5.3 allows; {@code null} if there is none. */
    public String all(HttpString name) {
        String found = null;
        for (int i = 0; i < count && mayHave(name); i++) {
            if (names[i].equals(name)) {
                found = found == null ? value(i) : found + "," + value(i);
            }
        }
        return found;
    }

    /** Returns the reason phrase. It is nearly always the standard one, which needs no new object. */
    private String reason(int start, int end) {
        String standard = StatusCodes.getReason(status);
        int n = end - start;
        if (n != standard.length()) {
            return latin1(start, end);
        }
        for (int i = 0; i < n; i++) {
            if (standard.charAt(i) != bytes[start + i]) {
                return latin1(start, end);
            }
        }
        return standard;
    }

    private String latin1(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
