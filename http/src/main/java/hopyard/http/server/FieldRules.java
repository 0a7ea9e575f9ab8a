package hopyard.http.server;

import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Set;

/** What a request's fields have to keep to, whichever version of HTTP brings them. */
public final class FieldRules {

    /** The most field lines that a head may have; later versions of nginx have the same limit ({@code max_headers}). */
    public static final int MAX_LINES = 1000;

    /** Undertow counts the lines with the same name in a byte. */
    public static final int MAX_OF_A_NAME = Byte.MAX_VALUE;

    /** Fields that a request may have only once. */
    private static final Set<HttpString> UNIQUE = Set.of(
            Headers.IF_MODIFIED_SINCE,
            Headers.IF_UNMODIFIED_SINCE,
            Headers.IF_MATCH,
            Headers.IF_NONE_MATCH,
            Headers.CONTENT_LENGTH,
            Headers.CONTENT_RANGE,
            Headers.IF_RANGE,
            Headers.TRANSFER_ENCODING,
            Headers.EXPECT,
            Headers.AUTHORIZATION);

    private FieldRules() {}

    /** Whether a request may have the field only once. */
    public static boolean isUnique(HttpString name) {
        return UNIQUE.contains(name);
    }

    /** Whether the text is a length: digits only (RFC 9110 §8.6), and no more than a long can hold. */
    public static boolean isLength(String size) {
        int digits = 0;
        for (int i = 0; i < size.length(); i++) {
            char c = size.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
            digits += digits > 0 || c != '0' ? 1 : 0;
        }
        return !size.isEmpty() && digits <= 18;
    }
}
