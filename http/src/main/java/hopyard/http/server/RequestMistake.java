package hopyard.http.server;

import io.undertow.util.AttachmentKey;

/**
 * What is wrong with a request, for the handler to answer. The exchange has it as an attachment: from its beginning if
 * the mistake is in the head; once the content seems to have ended if the mistake is in the content's framing.
 *
 * @param status what to answer
 * @param message what to log
 * @param requestLine the first line, as far as there is one; {@code null} if the head is in order
 * @param host the value of Host that is the mistake; {@code null} if the mistake is another
 */
public record RequestMistake(int status, String message, String requestLine, String host) {

    /** Makes a mistake that is not the request's host. */
    RequestMistake(int status, String message, String requestLine) {
        this(status, message, requestLine, null);
    }

    /** nginx's own status for a header that is too large; the client gets 431, as the standard says. */
    public static final int HEADER_TOO_LARGE = 494;

    public static final AttachmentKey<RequestMistake> KEY = AttachmentKey.create(RequestMistake.class);

    /** The most bytes that content may have whose length is not announced. */
    public static final AttachmentKey<Long> MAX_CONTENT = AttachmentKey.create(Long.class);
}
