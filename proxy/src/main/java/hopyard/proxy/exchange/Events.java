package hopyard.proxy.exchange;

import java.nio.ByteBuffer;

/**
 * Finds server-sent events in the content that passes: an event is the text before an empty line. Belongs to the
 * exchange's I/O thread.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">Parsing an
 *     event stream</a>
 */
final class Events {

    private final Messages messages;
    private final byte[] text = new byte[Messages.MAX_TEXT];
    private int kept;
    private long length;
    private boolean isLineEmpty = true;
    private boolean wasReturn;

    Events(Messages messages) {
        this.messages = messages;
    }

    void add(ByteBuffer content, int from, int n) {
        for (int i = from; i < from + n; i++) {
            byte b = content.get(i);
            boolean endsReturn = wasReturn && b == '\n';
            wasReturn = b == '\r';
            if (endsReturn) {
                continue;
            }
            if (b != '\r' && b != '\n') {
                isLineEmpty = false;
                take(b);
            } else if (!isLineEmpty) {
                isLineEmpty = true;
                take((byte) '\n');
            } else if (length > 0) {
                // the end of the last line is not part of the event
                messages.add(false, "event", length - 1, text, (int) Math.min(kept, length - 1));
                length = 0;
                kept = 0;
            }
        }
    }

    private void take(byte b) {
        length++;
        if (kept < text.length) {
            text[kept++] = b;
        }
    }
}
