package io.undertow.server.protocol.http;

import io.undertow.util.AttachmentKey;

/**
 * What is wrong with the head of a request, for the handler to answer: the exchange has it as an attachment.
 *
 * @param status what nginx answers
 * @param message what nginx logs
 * @param requestLine the first line, as far as there is one
 */
public record RequestMistake(int status, String message, String requestLine) {

    public static final AttachmentKey<RequestMistake> KEY = AttachmentKey.create(RequestMistake.class);
}
