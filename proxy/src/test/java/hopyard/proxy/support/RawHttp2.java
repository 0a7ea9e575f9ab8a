package hopyard.proxy.support;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.HpackDecoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that sends just the frames that it is given, and shows each frame that comes. */
public final class RawHttp2 implements AutoCloseable {

    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /**
     * A frame.
     *
     * @param fields what a field block says, as {@code name: value}; empty for other frames
     */
    public record Frame(int type, int flags, int stream, byte[] payload, List<String> fields) {

        public boolean isEnd() {
            return (type == FrameType.DATA || type == FrameType.HEADERS) && (flags & FrameType.END_STREAM) != 0;
        }

        public boolean isAck() {
            return (flags & FrameType.ACK) != 0;
        }

        public String text() {
            return new String(payload, StandardCharsets.ISO_8859_1);
        }

        public int number(int at) {
            return ByteBuffer.wrap(payload).getInt(at);
        }

        /** The code of a RST_STREAM or a GOAWAY. */
        public ErrorCode code() {
            return ErrorCode.of(number(type == FrameType.GOAWAY ? 4 : 0));
        }

        public String status() {
            return fields.get(0).substring(":status: ".length());
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final HpackDecoder decoder = new HpackDecoder(4096);
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();

    /** Sends nothing yet. */
    public RawHttp2(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    /** Connects and says what a client says first: the preface, and empty settings. */
    public static RawHttp2 connect(int port) throws IOException {
        RawHttp2 client = new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), port));
        return client.begin();
    }

    /** Says what a client says first. */
    public RawHttp2 begin() throws IOException {
        return bytes(PREFACE).frame(FrameType.SETTINGS, 0, 0, new byte[0]);
    }

    public Socket socket() {
        return socket;
    }

    // ---- sending

    public RawHttp2 bytes(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** The bytes of a frame. */
    public static byte[] of(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(FrameType.HEADER + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    public RawHttp2 frame(int type, int flags, int stream, byte[] payload) throws IOException {
        socket.getOutputStream().write(of(type, flags, stream, payload));
        return this;
    }

    public RawHttp2 frame(int type, int flags, int stream, int... numbers) throws IOException {
        ByteBuffer payload = ByteBuffer.allocate(4 * numbers.length);
        for (int number : numbers) {
            payload.putInt(number);
        }
        return frame(type, flags, stream, payload.array());
    }

    /** A field block, of literals that are not remembered; each field is {@code name: value}. */
    public static byte[] block(List<String> fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String field : fields) {
            int colon = field.indexOf(": ", 1);
            out.write(0);
            string(out, colon < 0 ? field.replaceFirst("(.):$", "$1") : field.substring(0, colon));
            string(out, colon < 0 ? "" : field.substring(colon + 2));
        }
        return out.toByteArray();
    }

    private static void string(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int rest = bytes.length - 127;
        out.write(rest < 0 ? bytes.length : 127);
        while (rest >= 0) {
            out.write(rest >= 128 ? rest & 127 | 128 : rest);
            rest = rest >= 128 ? rest >> 7 : -1;
        }
        out.writeBytes(bytes);
    }

    /** A whole block of fields, in as many frames as it takes. */
    public RawHttp2 headers(int stream, boolean isEnd, List<String> fields) throws IOException {
        byte[] all = block(fields);
        int most = FrameType.DEFAULT_MAX_LENGTH;
        for (int at = 0; at == 0 || at < all.length; at += most) {
            byte[] part = Arrays.copyOfRange(all, at, Math.min(all.length, at + most));
            int flags = at + most >= all.length ? FrameType.END_HEADERS : 0;
            if (at == 0) {
                frame(FrameType.HEADERS, flags | (isEnd ? FrameType.END_STREAM : 0), stream, part);
            } else {
                frame(FrameType.CONTINUATION, flags, stream, part);
            }
        }
        return this;
    }

    /** A request without content. */
    public RawHttp2 get(int stream, String path, String... more) throws IOException {
        return headers(stream, true, fields("GET", path, more));
    }

    /** The fields of a request, with what each must have. */
    public static List<String> fields(String method, String path, String... more) {
        List<String> fields = new ArrayList<>(
                List.of(":method: " + method, ":scheme: http", ":path: " + path, ":authority: localhost"));
        fields.addAll(List.of(more));
        return fields;
    }

    public RawHttp2 data(int stream, boolean isEnd, String content) throws IOException {
        return frame(
                FrameType.DATA,
                isEnd ? FrameType.END_STREAM : 0,
                stream,
                content.getBytes(StandardCharsets.ISO_8859_1));
    }

    // ---- reading

    /** Reads a frame; {@code null} at the end of the connection, a reset included. */
    public Frame read() throws IOException {
        try {
            int first = in.readInt();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = in.readNBytes(first >>> 8);
            int type = first & 0xff;
            List<String> fields = new ArrayList<>();
            if (type == FrameType.HEADERS || type == FrameType.CONTINUATION) {
                block.writeBytes(payload);
                if ((flags & FrameType.END_HEADERS) != 0) {
                    decoder.decode(block.toByteArray(), 0, block.size(), field -> fields.add(field.toString()));
                    block.reset();
                }
            }
            return new Frame(type, flags, stream, payload, fields);
        } catch (EOFException | SocketException e) {
            return null;
        }
    }

    /** Reads up to a frame of a type, which must come. */
    public Frame readUntil(int type) throws IOException {
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type == type) {
                return frame;
            }
        }
        throw new IOException("the connection ended before a frame of type " + type);
    }

    /** Reads up to the end of the connection; returns {@code null}. */
    public Frame readUntilEnd() throws IOException {
        Frame frame = read();
        while (frame != null) {
            frame = read();
        }
        return null;
    }

    /**
     * What came on a stream.
     *
     * @param status the last status; 0 for none
     * @param ended how it ended: {@code end}, {@code reset CODE}, {@code goaway CODE} or {@code closed}
     */
    public record Response(int status, List<String> fields, String content, List<String> trailers, String ended) {}

    /**
     * Reads up to the end of a stream. What comes for others is left out, and windows are kept open.
     *
     * @param stream the stream
     */
    public Response response(int stream) throws IOException {
        int status = 0;
        List<String> fields = List.of();
        List<String> trailers = List.of();
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        String ended = "closed";
        String goaway = null;
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type == FrameType.GOAWAY && frame.code() != ErrorCode.NO_ERROR) {
                goaway = "goaway " + frame.code();
            }
            if (frame.stream != stream) {
                continue;
            }
            if (frame.type == FrameType.HEADERS || frame.type == FrameType.CONTINUATION) {
                if (!frame.fields.isEmpty() && frame.fields.get(0).startsWith(":status: ")) {
                    status = Integer.parseInt(frame.status());
                    fields = frame.fields;
                } else {
                    trailers = frame.fields;
                }
            } else if (frame.type == FrameType.DATA) {
                content.writeBytes(frame.payload);
                if (frame.payload.length > 0 && !frame.isEnd()) {
                    frame(FrameType.WINDOW_UPDATE, 0, stream, frame.payload.length);
                    frame(FrameType.WINDOW_UPDATE, 0, 0, frame.payload.length);
                }
            } else if (frame.type == FrameType.RST_STREAM) {
                ended = "reset " + frame.code();
                break;
            }
            if (frame.isEnd()) {
                ended = "end";
                break;
            }
        }
        return new Response(
                status,
                fields,
                content.toString(StandardCharsets.ISO_8859_1),
                trailers,
                ended.equals("closed") && goaway != null ? goaway : ended);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
