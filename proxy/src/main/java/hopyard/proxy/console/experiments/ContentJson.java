package hopyard.proxy.console.experiments;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Content as JSON: as text where it is text, else as base64, so that not a byte is lost. */
final class ContentJson {

    private static final Pattern CHARSET = Pattern.compile("(?i);\\s*charset\\s*=\\s*\"?([^\\s;\"]+)");

    /** What text files have of control characters. */
    private static final String CONTROLS = "\t\n\r\f\b\u001b";

    private ContentJson() {}

    /** What a Content-Type says; UTF-8 if it says nothing that is known. */
    static Charset charset(String type) {
        Matcher found = CHARSET.matcher(type);
        try {
            return found.find() ? Charset.forName(found.group(1)) : UTF_8;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            // whatever it is: as UTF-8, or as base64
            return UTF_8;
        }
    }

    /**
     * Adds {@code content} or {@code contentBase64}.
     *
     * @param isCut whether it ends anywhere, perhaps within a character
     */
    static void put(ObjectNode out, byte[] bytes, Charset charset, boolean isCut) {
        String text = text(bytes, charset, isCut);
        out.put("content", text == null ? "" : text);
        if (text != null) {
            out.putNull("contentBase64");
        } else {
            out.put("contentBase64", Base64.getEncoder().encodeToString(bytes));
        }
    }

    /** {@code null} if it is no text. */
    private static String text(byte[] bytes, Charset charset, boolean isCut) {
        CharsetDecoder decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer chars = CharBuffer.allocate((int) Math.ceil(bytes.length * decoder.maxCharsPerByte()));
        boolean isText = !decoder.decode(ByteBuffer.wrap(bytes), chars, !isCut).isError();
        String text = chars.flip().toString();
        return isText && text.chars().allMatch(c -> c >= ' ' && c != 0x7f || CONTROLS.indexOf(c) >= 0) ? text : null;
    }
}
