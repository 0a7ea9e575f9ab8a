package hopyard.backend;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Takes a client's frames and makes the frames that echo them. The part of a message that has come goes back at once,
 * as a fragment. So nothing is kept, and control frames can be sent in between.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5">RFC 6455 §5</a>
 */
final class WebSocketFrames {

    /** How many bytes an answer can be longer than what it answers: a fragment's head, and a reason to close. */
    static final int MAX_MORE = 256;

    /** The longest message, in bytes, all of its fragments together. */
    private static final long MAX_MESSAGE = 1 << 20;

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FIN = 0x80;
    private static final int MAX_CONTROL = 125;

    private final byte[] head = new byte[14];
    private int headLength;
    /** Where in a frame's content it is. */
    private long left;

    private int maskAt;

    /** The message under way: its kind, 0 for none, and what has come of it. */
    private int message;

    private long length;
    private boolean isEchoed;
    private final Utf8 text = new Utf8();
    private final ByteBuffer control = ByteBuffer.allocate(MAX_CONTROL);
    private boolean isInFrame;
    private boolean isClosed;

    /** Whether the last answer has ended the conversation. */
    boolean isClosed() {
        return isClosed;
    }

    /**
     * Takes what has come.
     *
     * @param answer gets what is to be sent; has {@value #MAX_MORE} bytes more room than has come
     */
    void answer(ByteBuffer bytes, ByteBuffer answer) {
        while (!isClosed && (bytes.hasRemaining() || isInFrame && left == 0)) {
            if (isInFrame) {
                content(bytes, answer);
            } else {
                head[headLength++] = bytes.get();
                if (headLength >= 2 && checkHead(answer) && headLength == expectedHead()) {
                    begin(answer);
                }
            }
        }
    }

    private int opcode() {
        return head[0] & 0x0f;
    }

    private boolean isControl() {
        return opcode() >= CLOSE;
    }

    private boolean isFinal() {
        return (head[0] & FIN) != 0;
    }

    private int lengthField() {
        return head[1] & 0x7f;
    }

    private int expectedHead() {
        return 6 + (lengthField() == 126 ? 2 : lengthField() == 127 ? 8 : 0);
    }

    /** Whether the first two bytes are in order. */
    private boolean checkHead(ByteBuffer answer) {
        String mistake = mistake();
        if (mistake != null) {
            close(answer, 1002, mistake);
        }
        return mistake == null;
    }

    private String mistake() {
        int opcode = opcode();
        if ((head[0] & 0x70) != 0) {
            return "a reserved bit is set";
        }
        if ((head[1] & 0x80) == 0) {
            return "a client's frames are masked";
        }
        if (opcode > BINARY && opcode < CLOSE || opcode > PONG) {
            return "unknown opcode";
        }
        if (isControl()) {
            return isFinal() && lengthField() <= MAX_CONTROL ? null : "a control frame is short and whole";
        }
        return (opcode == CONTINUATION) == (message != 0) ? null : "fragments out of order";
    }

    private void begin(ByteBuffer answer) {
        left = lengthField();
        if (left >= 126) {
            ByteBuffer field = ByteBuffer.wrap(head);
            left = left == 126 ? field.getShort(2) & 0xffff : field.getLong(2);
        }
        isInFrame = true;
        maskAt = 0;
        control.clear();
        if (isControl()) {
            return;
        }
        if (opcode() != CONTINUATION) {
            message = opcode();
            length = 0;
            isEchoed = false;
        }
        if (left < 0 || left > MAX_MESSAGE - length) {
            close(answer, 1009, "a message may have " + MAX_MESSAGE + " bytes");
            return;
        }
        length += left;
    }

    /** Takes what there is of a frame's content. */
    private void content(ByteBuffer bytes, ByteBuffer answer) {
        int n = (int) Math.min(left, bytes.remaining());
        ByteBuffer part = bytes.slice().limit(n);
        bytes.position(bytes.position() + n);
        unmask(part);
        left -= n;
        if (isControl()) {
            control.put(part);
        } else {
            echo(part, answer);
        }
        if (left == 0 && !isClosed) {
            isInFrame = false;
            headLength = 0;
            if (isControl()) {
                obey(answer);
            } else if (isFinal()) {
                message = 0;
            }
        }
    }

    private void unmask(ByteBuffer part) {
        int mask = headLength - 4;
        for (int i = 0; i < part.limit(); i++) {
            part.put(i, (byte) (part.get(i) ^ head[mask + (maskAt++ & 3)]));
        }
    }

    private void echo(ByteBuffer part, ByteBuffer answer) {
        boolean ends = left == 0 && isFinal();
        if (message == TEXT && !text.take(part.duplicate(), ends)) {
            close(answer, 1007, "text is UTF-8");
            return;
        }
        if (part.hasRemaining() || ends) {
            putHead(answer, (ends ? FIN : 0) | (isEchoed ? CONTINUATION : message), part.remaining());
            answer.put(part);
            isEchoed = true;
        }
    }

    private void obey(ByteBuffer answer) {
        control.flip();
        if (opcode() == PING) {
            putHead(answer, FIN | PONG, control.remaining());
            answer.put(control);
        } else if (opcode() == CLOSE) {
            // the same code back (§5.5.1)
            control.limit(Math.min(control.limit(), 2));
            putHead(answer, FIN | CLOSE, control.remaining());
            answer.put(control);
            isClosed = true;
        }
    }

    private void close(ByteBuffer answer, int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
        putHead(answer, FIN | CLOSE, 2 + text.length);
        answer.putShort((short) code).put(text);
        isClosed = true;
    }

    private static void putHead(ByteBuffer answer, int first, int length) {
        answer.put((byte) first);
        if (length < 126) {
            answer.put((byte) length);
        } else {
            // what comes in one read is shorter than 64 KiB
            answer.put((byte) 126).putShort((short) length);
        }
    }
}
