package hopyard.proxy.exchange;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Finds the frames of a WebSocket in one direction. Bytes that are not understood end the search, but not the tunnel.
 * Belongs to the exchange's I/O thread.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.2">RFC 6455, section 5.2</a>
 */
public final class Frames {

    private static final int MAX_HEAD = 14;

    /** The longest content of a control frame, in bytes. */
    private static final int MAX_CONTROL = 125;

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final Messages messages;
    private final boolean isFromClient;
    private final byte[] head = new byte[MAX_HEAD];
    private final byte[] text;
    private int headLength;
    private int headSize = 2;
    private long payload;
    private long left = -1;
    private int kept;
    /** The opcode of the message that continuation frames belong to. */
    private int lastOpcode;

    private boolean lastCompressed;
    private boolean isLost;
    private int closeCode = TunnelEnd.NO_FRAME;

    /**
     * @param messages the list to keep messages in; {@code null} if only the close frame is of interest
     */
    Frames(Messages messages, boolean isFromClient) {
        this.messages = messages;
        this.isFromClient = isFromClient;
        text = new byte[messages == null ? MAX_CONTROL : Messages.MAX_TEXT];
    }

    /** Returns a reader that only looks for the close frame. */
    public static Frames closing() {
        return new Frames(null, false);
    }

    /** Returns the status code of the close frame that has passed: see {@link TunnelEnd}. */
    public int closeCode() {
        return closeCode;
    }

    /** Whether all bytes so far were understood. */
    public boolean isUnderstood() {
        return !isLost;
    }

    /** Reads the remaining bytes of a buffer, which is left as it is. */
    public void add(ByteBuffer bytes) {
        int i = bytes.position();
        while (i < bytes.limit() && !isLost) {
            if (left < 0) {
                head[headLength++] = bytes.get(i++);
                if (headLength == 2) {
                    headSize = headSize();
                }
                if (headLength == headSize) {
                    begin();
                }
            } else {
                int n = (int) Math.min(left, bytes.limit() - i);
                take(bytes, i, n);
                i += n;
            }
            if (left == 0) {
                end();
            }
        }
    }

    private boolean isMasked() {
        return (head[1] & 0x80) != 0;
    }

    private int headSize() {
        int size = head[1] & 0x7f;
        return 2 + (size == 126 ? 2 : size == 127 ? 8 : 0) + (isMasked() ? 4 : 0);
    }

    private int opcode() {
        return head[0] & 0x0f;
    }

    private void begin() {
        payload = head[1] & 0x7f;
        int bytes = payload == 126 ? 2 : payload == 127 ? 8 : 0;
        if (bytes > 0) {
            payload = 0;
            for (int i = 0; i < bytes; i++) {
                payload = payload << 8 | head[2 + i] & 0xff;
            }
        }
        isLost = payload < 0 || opcode() > PONG || opcode() > BINARY && opcode() < CLOSE;
        left = payload;
        kept = 0;
        if (opcode() == TEXT || opcode() == BINARY) {
            lastOpcode = opcode();
            lastCompressed = (head[0] & 0x40) != 0;
        }
    }

    private void take(ByteBuffer bytes, int from, int n) {
        int more = Math.min(n, text.length - kept);
        bytes.get(from, text, kept, more);
        if (isMasked()) {
            for (int i = kept; i < kept + more; i++) {
                text[i] ^= head[headSize - 4 + (i & 3)];
            }
        }
        kept += more;
        left -= n;
    }

    private void end() {
        if (opcode() == CLOSE) {
            closeCode = kept < 2 ? TunnelEnd.NO_CODE : (text[0] & 0xff) << 8 | text[1] & 0xff;
        }
        if (messages != null) {
            keep();
        }
        left = -1;
        headLength = 0;
        headSize = 2;
    }

    private void keep() {
        boolean isControl = opcode() >= CLOSE;
        boolean isText = !isControl && lastOpcode == TEXT && !lastCompressed;
        if (opcode() == CLOSE && kept >= 2) {
            byte[] said = (closeCode + " " + new String(text, 2, kept - 2, StandardCharsets.ISO_8859_1))
                    .strip()
                    .getBytes(StandardCharsets.ISO_8859_1);
            messages.add(isFromClient, kind(), payload, said, said.length);
        } else {
            messages.add(isFromClient, kind(), payload, isText ? text : null, kept);
        }
    }

    private String kind() {
        boolean isLast = (head[0] & 0x80) != 0;
        String kind = switch (opcode()) {
            case CONTINUATION -> "continuation";
            case TEXT -> "text";
            case BINARY -> "binary";
            case CLOSE -> "close";
            case PING -> "ping";
            default -> "pong";
        };
        return kind + (lastCompressed && opcode() < CLOSE ? ", compressed" : "") + (isLast ? "" : ", goes on");
    }
}
