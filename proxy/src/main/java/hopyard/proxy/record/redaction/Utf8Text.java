package hopyard.proxy.record.redaction;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Tells text from other content. */
public final class Utf8Text {

    /** The longest character in bytes: the last character of a text that was cut may lack some of them. */
    private static final int MAX_CHARACTER = 4;

    private Utf8Text() {}

    /** Whether the bytes are UTF-8 and hold no control character that is unusual in a text. */
    public static boolean isText(byte[] bytes, boolean isCut) {
        for (byte b : bytes) {
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 0x1b) {
                return false;
            }
        }
        CharsetDecoder utf8 = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        try {
            if (!isCut) {
                utf8.decode(ByteBuffer.wrap(bytes));
                return true;
            }
            ByteBuffer in = ByteBuffer.wrap(bytes);
            boolean isWell = !utf8.decode(in, CharBuffer.allocate(bytes.length + 1), false)
                    .isError();
            return isWell && in.remaining() < MAX_CHARACTER;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
