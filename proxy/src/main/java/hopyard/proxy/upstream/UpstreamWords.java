package hopyard.proxy.upstream;

import hopyard.http.http2.FrameType;
import hopyard.http.http2.FrameWords;
import hopyard.http.http2.Setting;
import java.util.List;
import java.util.function.IntSupplier;

/** nginx's words for what is wrong with an upstream's frames, as they stand behind "upstream sent". */
final class UpstreamWords implements FrameWords {

    private static final List<String> NAMES = List.of(
            "data",
            "headers",
            "priority",
            "rst stream",
            "settings",
            "push promise",
            "ping",
            "goaway",
            "window update",
            "continuation");

    private final IntSupplier current;
    private boolean wereAboutFields;

    /** @param current returns the number of the stream that is under way */
    UpstreamWords(IntSupplier current) {
        this.current = current;
    }

    /** Whether the last words were about a field block, or a frame with one. */
    boolean wereAboutFields() {
        return wereAboutFields;
    }

    private String aboutFields(String words) {
        wereAboutFields = true;
        return words;
    }

    private static String name(int type) {
        return NAMES.get(type) + " frame";
    }

    @Override
    public String tooLong(int length, int most) {
        return "too large http2 frame: " + length;
    }

    @Override
    public String wrongStream(int type, int stream) {
        return stream == current.getAsInt()
                ? name(type) + " with non-zero stream id: " + stream
                : (type == FrameType.DATA ? "data frame" : "frame") + " for unknown stream " + stream;
    }

    @Override
    public String wrongLength(int type, int flags, int length) {
        if (type == FrameType.DATA) {
            return "too short http2 frame";
        }
        wereAboutFields = type == FrameType.HEADERS;
        boolean isConfirmation = type == FrameType.SETTINGS && (flags & FrameType.ACK) != 0;
        return name(type)
                + (isConfirmation ? " with ack flag and non-zero length: " : " with invalid length: ")
                + length;
    }

    @Override
    public String unexpected(int type, int stream, boolean isInBlock) {
        boolean isOfBlock = type == FrameType.CONTINUATION && isInBlock;
        boolean isPush = type == FrameType.PUSH_PROMISE && !isInBlock;
        if (isOfBlock || isPush && stream != current.getAsInt()) {
            return "frame for unknown stream " + stream;
        }
        return isPush ? "unexpected push promise frame" : "unexpected http2 frame: " + type;
    }

    @Override
    public String tooMuchPadding(int type, int padding, int room) {
        wereAboutFields = type == FrameType.HEADERS;
        return "http2 frame with too long padding: " + padding + " in frame " + room;
    }

    @Override
    public String noIncrement() {
        return name(FrameType.WINDOW_UPDATE) + " with increment 0";
    }

    @Override
    public String setting(int setting, long value) {
        return name(FrameType.SETTINGS)
                + (setting == Setting.INITIAL_WINDOW_SIZE
                        ? " with too large initial window size: "
                        : " with invalid value of setting " + setting + ": ")
                + value;
    }

    @Override
    public String tableIndex(int index) {
        return aboutFields("invalid http2 table index: " + index);
    }

    @Override
    public String tableSize(int size) {
        return aboutFields("invalid http2 dynamic table size update: " + size);
    }

    @Override
    public String truncatedBlock() {
        return aboutFields("truncated http2 header");
    }

    @Override
    public String tooLargeNumber() {
        return aboutFields("too large http2 header value length");
    }

    @Override
    public String encoding() {
        return aboutFields("invalid encoded header");
    }
}
