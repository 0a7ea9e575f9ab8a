package hopyard.http;

import java.io.IOException;

/** The framing of a message is broken, so that nobody can tell where the content ends (RFC 9112 §6, §7). */
public final class MalformedFraming extends IOException {

    public MalformedFraming(String message) {
        super(message);
    }
}
