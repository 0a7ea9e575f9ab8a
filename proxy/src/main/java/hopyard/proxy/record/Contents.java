package hopyard.proxy.record;

import hopyard.proxy.record.redaction.ContentText;
import hopyard.proxy.record.redaction.SecretMark;
import hopyard.proxy.record.redaction.Utf8Text;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Makes a {@link Body} from the beginning of a content: decompresses it, and takes the secrets out of text. */
final class Contents {

    private static final Set<String> GZIP = Set.of("gzip", "x-gzip");

    private static final Pattern TEXT = Pattern.compile("^text/|json|xml|urlencoded|javascript|yaml|graphql");

    /** Charsets in which the search would find no secret. */
    private static final Pattern WIDE = Pattern.compile("charset=\"?(?:utf-?(?:16|32|7)|ucs|ibm|ebcdic)");

    /** How many bytes the redacted text may have beyond twice the length of the text. */
    private static final int ROOM_FOR_MARKS = 128;

    private Contents() {}

    /**
     * Returns what to keep of a content.
     *
     * @param content the beginning of the content, in the first {@code length} bytes
     * @param total how many bytes of content were sent in all
     * @param coding the value of Content-Encoding
     * @param most how many bytes to keep
     */
    static Body of(byte[] content, int length, long total, String type, String coding, int most) {
        byte[] bytes = Arrays.copyOf(content, length);
        boolean isCut = length < total;
        String decoded = null;
        for (String each : codings(coding)) {
            byte[] plain = GZIP.contains(each) || each.equals("deflate") ? inflated(bytes, each, most) : null;
            if (plain == null) {
                return hidden(bytes.length, isCut, total);
            }
            bytes = plain;
            decoded = each;
        }
        if (bytes.length > most) {
            bytes = Arrays.copyOf(bytes, most);
            isCut = true;
        }
        return of(bytes, type, isCut, decoded, total);
    }

    private static Body of(byte[] bytes, String type, boolean isCut, String decoded, long total) {
        String kind = type.toLowerCase(Locale.ROOT);
        boolean isSaidText = kind.isEmpty() || TEXT.matcher(kind).find();
        if (!isSaidText && !kind.startsWith("multipart/") && !Utf8Text.isText(bytes, isCut)) {
            return new Body(bytes, false, false, isCut, decoded, total);
        }
        if (isSaidText && hasZeros(bytes) || WIDE.matcher(kind).find()) {
            return hidden(bytes.length, isCut, total);
        }
        byte[] shown = ContentText.redact(bytes, type);
        boolean isHidden = !Arrays.equals(shown, bytes);
        int longest = 2 * bytes.length + ROOM_FOR_MARKS;
        boolean isTooLong = shown.length > longest;
        shown = isTooLong ? Arrays.copyOf(shown, longest) : shown;
        return new Body(
                shown, Utf8Text.isText(shown, isCut || isTooLong), isHidden, isCut || isTooLong, decoded, total);
    }

    private static boolean hasZeros(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }

    private static Body hidden(int kept, boolean isCut, long total) {
        byte[] mark = SecretMark.of(kept).getBytes(StandardCharsets.ISO_8859_1);
        return new Body(mark, true, kept > 0, isCut, null, total);
    }

    /** Returns the codings that a Content-Encoding names, the last one first: it has to be undone first. */
    private static List<String> codings(String field) {
        List<String> codings = new ArrayList<>();
        for (String coding : field.toLowerCase(Locale.ROOT).split(",")) {
            String name = coding.strip();
            if (!name.isEmpty() && !name.equals("identity")) {
                codings.add(0, name);
            }
        }
        return codings;
    }

    /** Decompresses as much as there is. Returns {@code null} if the bytes are not in this coding. */
    private static byte[] inflated(byte[] bytes, String coding, int most) {
        boolean isGzip = GZIP.contains(coding);
        int from = isGzip ? gzipHead(bytes) : 0;
        if (from < 0) {
            return bytes.length == 0 ? bytes : null;
        }
        // "deflate" mostly has zlib's header, but some servers send it without (RFC 9110 §8.4.1.2)
        byte[] plain = inflated(bytes, from, isGzip, most);
        return plain == null && !isGzip ? inflated(bytes, 0, true, most) : plain;
    }

    private static byte[] inflated(byte[] bytes, int from, boolean isBare, int most) {
        Inflater inflater = new Inflater(isBare);
        try {
            inflater.setInput(bytes, from, bytes.length - from);
            byte[] out = new byte[most + 1];
            int length = 0;
            while (length < out.length) {
                int n = inflater.inflate(out, length, out.length - length);
                length += n;
                if (n == 0) {
                    break;
                }
            }
            return Arrays.copyOf(out, length);
        } catch (DataFormatException e) {
            return null;
        } finally {
            inflater.end();
        }
    }

    /** Returns where the compressed data begins, behind the gzip header of RFC 1952; -1 if there is no such header. */
    private static int gzipHead(byte[] bytes) {
        if (bytes.length < 10 || (bytes[0] & 0xff) != 0x1f || (bytes[1] & 0xff) != 0x8b) {
            return -1;
        }
        int flags = bytes[3];
        int at = 10;
        if ((flags & 4) != 0 && at + 2 <= bytes.length) {
            at += 2 + (bytes[at] & 0xff) + ((bytes[at + 1] & 0xff) << 8);
        }
        for (int flag : new int[] {8, 16}) {
            if ((flags & flag) != 0) {
                while (at < bytes.length && bytes[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        at += (flags & 2) != 0 ? 2 : 0;
        return at > bytes.length ? -1 : at;
    }
}
