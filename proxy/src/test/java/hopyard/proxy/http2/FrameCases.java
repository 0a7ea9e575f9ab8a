package hopyard.proxy.http2;

import hopyard.http.http2.FrameType;
import hopyard.proxy.support.RawHttp2;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The notation of {@code http2/*.cases}: what a client sends, frame by frame, and what must come.
 *
 * <p>A case begins with {@code ### SECTION: what it is about}. The preface and empty settings are sent first, unless a
 * line says {@code no preface} or {@code no settings}. Then:
 *
 * <ul>
 *   <li>{@code > GET 1 /path, name: value, …} a whole request; {@code > POST 1 /path, …} the head of one with content
 *   <li>{@code > FIELDS 1 END, :method: GET, …} a block of just these fields; {@code TRAILERS} is the same
 *   <li>{@code > TYPE STREAM FLAGS… PAYLOAD}: a frame; the payload is text in quotes, {@code x00ff} or {@code i32}
 *       numbers such as {@code #5}; several are put together; {@code *1000} repeats the one before
 *   <li>{@code > raw x…} just bytes
 *   <li>{@code > 100 times} repeats the line that follows; {@code @} stands for the next odd stream there
 *   <li>{@code < 1 200} a response's status on a stream, and with {@code "text"} its content
 *   <li>{@code < reset 1 CODE}, {@code < goaway CODE}, {@code < ping xPAYLOAD}, {@code < settings ack},
 *       {@code < window 1 #n}, {@code < closed}
 *   <li>{@code < open}: the connection still answers a PING
 *   <li>what stands behind {@code or} will do as well
 * </ul>
 */
final class FrameCases {

    /** A case. */
    record Case(String name, boolean hasPreface, boolean hasSettings, List<String> lines) {}

    private static final List<String> TYPES = List.of(
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

    private static final Pattern PIECE = Pattern.compile("\"([^\"]*)\"|x([0-9a-f ]*)|#(-?\\d+)|\\*(\\d+)");

    private FrameCases() {}

    static List<Case> all(Path directory) throws IOException {
        List<Case> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String[] texts = Files.readString(file, StandardCharsets.UTF_8).split("(?m)^### ");
                for (int i = 1; i < texts.length; i++) {
                    List<String> lines = texts[i].lines()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .toList();
                    all.add(new Case(
                            lines.get(0),
                            !lines.contains("no preface"),
                            !lines.contains("no settings") && !lines.contains("no preface"),
                            lines.subList(1, lines.size()).stream()
                                    .filter(line -> line.startsWith(">") || line.startsWith("<"))
                                    .toList()));
                }
            }
        }
        return all;
    }

    // ---- what is sent

    /** Sends a line; {@code next} stands for {@code @}. */
    static void send(RawHttp2 client, String line, int next) throws IOException {
        String text = line.substring(1).trim().replace(" @ ", " " + next + " ");
        if (text.startsWith("raw ")) {
            client.bytes(new String(payload(text.substring(4)), StandardCharsets.ISO_8859_1));
            return;
        }
        String[] words = text.split("[ ,]+");
        List<String> more = List.of(text.split(", "));
        List<String> fields = new ArrayList<>();
        more.subList(1, more.size()).forEach(each -> fields.add(unescaped(each)));
        switch (words[0]) {
            case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS" ->
                client.headers(
                        Integer.parseInt(words[1]),
                        !words[0].startsWith("P"),
                        RawHttp2.fields(words[0], words[2], fields.toArray(String[]::new)));
            case "FIELDS", "TRAILERS" ->
                client.headers(Integer.parseInt(words[1]), words.length > 2 && words[2].equals("END"), fields);
            default -> frame(client, text, words);
        }
    }

    private static String unescaped(String text) {
        return text.replace("\\n", "\n")
                .replace("\\r", "\r")
                .replace("\\0", "\0")
                .replace("\\c", ",");
    }

    private static void frame(RawHttp2 client, String text, String[] words) throws IOException {
        int type = TYPES.indexOf(words[0]);
        if (type < 0) {
            type = Integer.parseInt(words[0].substring(1), 16);
        }
        int stream = (int) Long.parseLong(words[1]);
        int flags = 0;
        int at = 2;
        for (; at < words.length && words[at].matches("[A-Z_]+|0x[0-9a-f]+"); at++) {
            flags |= flag(words[at]);
        }
        String rest = at < words.length ? text.substring(text.indexOf(words[at], text.indexOf(words[1]))) : "";
        client.frame(type, flags, stream, payload(rest));
    }

    private static int flag(String name) {
        return switch (name) {
            case "END", "ACK" -> FrameType.END_STREAM;
            case "END_HEADERS" -> FrameType.END_HEADERS;
            case "PADDED" -> FrameType.PADDED;
            case "PRIORITY" -> FrameType.HAS_PRIORITY;
            default -> Integer.decode(name);
        };
    }

    /** The bytes that a text stands for. */
    private static byte[] payload(String text) {
        StringBuilder out = new StringBuilder();
        String last = "";
        Matcher piece = PIECE.matcher(text);
        while (piece.find()) {
            if (piece.group(4) != null) {
                out.append(last.repeat(Integer.parseInt(piece.group(4)) - 1));
                continue;
            }
            if (piece.group(1) != null) {
                last = unescaped(piece.group(1));
            } else if (piece.group(2) != null) {
                last = new String(
                        HexFormat.of().parseHex(piece.group(2).replace(" ", "")), StandardCharsets.ISO_8859_1);
            } else {
                long number = Long.parseLong(piece.group(3));
                last = new String(new char[] {
                    (char) (number >> 24 & 0xff),
                    (char) (number >> 16 & 0xff),
                    (char) (number >> 8 & 0xff),
                    (char) (number & 0xff)
                });
            }
            out.append(last);
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- what comes

    /** What has come so far, in the words of the notation. */
    static final class Seen {
        final List<String> events = new ArrayList<>();
        private final StringBuilder content = new StringBuilder();
        private String status = "";

        void add(RawHttp2.Frame frame) {
            switch (frame.type()) {
                case FrameType.HEADERS, FrameType.CONTINUATION -> {
                    if (!frame.fields().isEmpty()
                            && frame.fields().get(0).startsWith(":status")
                            && !frame.status().startsWith("1")) {
                        status = frame.stream() + " " + frame.status();
                        content.setLength(0);
                        events.add(status);
                    } else if (!frame.fields().isEmpty()) {
                        events.add(frame.stream() + " " + String.join(", ", frame.fields()));
                    }
                }
                case FrameType.DATA -> content.append(frame.text());
                case FrameType.RST_STREAM -> events.add("reset " + frame.stream() + " " + frame.code());
                case FrameType.GOAWAY -> events.add("goaway " + frame.code());
                case FrameType.SETTINGS -> events.add(frame.isAck() ? "settings ack" : "settings");
                case FrameType.PING ->
                    events.add((frame.isAck() ? "ping x" : "asks x")
                            + HexFormat.of().formatHex(frame.payload()));
                case FrameType.WINDOW_UPDATE -> events.add("window " + frame.stream() + " #" + frame.number(0));
                default -> events.add("type " + frame.type());
            }
            if (frame.isEnd()) {
                events.add(status + " \"" + content + "\"");
                events.add("end " + frame.stream());
            }
        }

        void closed() {
            events.add("closed");
        }

        /** Whether one of what a line allows has come. */
        boolean has(String line) {
            return Stream.of(line.substring(1).trim().split(" or ")).anyMatch(each -> events.contains(each.trim()));
        }
    }
}
