package hopyard.http.server;

import io.undertow.util.AttachmentKey;

/**
 * What is wrong with a request, for the handler to answer: the exchange has it as an attachment, from its beginning if it
 * is in the head, and once its content seems to have ended if it is in how that is framed.
 *
 * @param status what to answer
 * @param message what to log
 * @param requestLine the first line, as far as there is one; {@code null} if the head is in order
 */
public record RequestMistake(int status, String message, String requestLine) {

    /** nginx's status for a header that is too large; the standard's, 431, is what goes out. */
    public static final int HEADER_TOO_LARGE = 494;

    public static final AttachmentKey<RequestMistake> KEY = AttachmentKey.create(RequestMistake.class);

    /** How much content there may be, in bytes, where its length is not said before. */
    public static final AttachmentKey<Long> MAX_CONTENT = AttachmentKey.create(Long.class);
}
