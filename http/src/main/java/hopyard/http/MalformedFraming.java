package hopyard.http;

import java.io.IOException;

/** Where a message's content ends cannot be told, because its framing is broken (RFC 9112 §6, §7). */
public final class MalformedFraming extends IOException {

    public MalformedFraming(String message) {
        super(message);
    }
}
