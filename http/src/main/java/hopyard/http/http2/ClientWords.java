package hopyard.http.http2;

import java.util.List;

/** What is said of clients' frames, as by nginx's server of HTTP/2 where that looks at the same things. */
final class ClientWords implements FrameWords {

    static final ClientWords ONLY = new ClientWords();

    private static final List<String> NAMES = List.of(
            "DATA",
            "HEADERS",
            "PRIORITY",
            "RST_STREAM",
            "SETTINGS",
            "PUSH_PROMISE",
            "PING",
            "GOAWAY",
            "WINDOW_UPDATE",
            "CONTINUATION");

    private ClientWords() {}

    private static String name(int type) {
        return NAMES.get(type) + " frame";
    }

    @Override
    public String tooLong(int length, int most) {
        return "frame with length " + length + ", more than " + most;
    }

    @Override
    public String wrongStream(int type, int stream) {
        return name(type) + " with incorrect identifier";
    }

    @Override
    public String wrongLength(int type, int flags, int length) {
        return name(type) + " with incorrect length " + length;
    }

    @Override
    public String unexpected(int type, int stream, boolean isInBlock) {
        if (type == FrameType.CONTINUATION) {
            return isInBlock ? name(type) + " with incorrect identifier" : "unexpected " + name(type);
        }
        return isInBlock ? "inappropriate frame while CONTINUATION was expected" : name(type);
    }

    @Override
    public String tooMuchPadding(int type, int padding, int room) {
        return "padded " + name(type) + " with incorrect length";
    }

    @Override
    public String noIncrement() {
        return name(FrameType.WINDOW_UPDATE) + " with incorrect window increment 0";
    }

    @Override
    public String setting(int setting, long value) {
        return name(FrameType.SETTINGS) + " with incorrect " + Setting.name(setting) + " value " + value;
    }

    @Override
    public String tableIndex(int index) {
        return "invalid hpack table index " + index;
    }

    @Override
    public String tableSize(int size) {
        return "invalid table size update: " + size;
    }

    @Override
    public String truncatedBlock() {
        return "header block with incorrect length";
    }

    @Override
    public String tooLargeNumber() {
        return "header block with too long integer";
    }

    @Override
    public String encoding() {
        return "invalid encoded header field";
    }
}
