package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A copy of a request body that is passed on as it comes, for {@code $request_body}; none if it is long. */
final class PassedBody {

    private final Exchange exchange;
    private final ByteArrayOutputStream copy = new ByteArrayOutputStream();
    private boolean isTooLong;

    PassedBody(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Adds all that the buffer holds. */
    void add(ByteBuffer content) {
        int n = content.remaining();
        isTooLong |= copy.size() + n > exchange.core().clientBodyBufferSize()
                || !exchange.lifetime().hold(n);
        if (isTooLong) {
            copy.reset();
        } else {
            byte[] bytes = new byte[n];
            content.get(bytes);
            copy.write(bytes, 0, n);
        }
    }

    /** Returns what has passed so far; {@code null} if it is too long. */
    String text() {
        return isTooLong ? null : copy.toString(StandardCharsets.ISO_8859_1);
    }
}
