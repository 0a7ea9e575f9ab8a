package hopyard.proxy.support;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An app that speaks FastCGI, uwsgi or SCGI, and does what the parameter {@code QUERY_STRING} of its requests says, in
 * the order in which it stands there: {@code h=Name: value} writes a line of a head, {@code b=text} an empty line and
 * text, {@code o=text} text, {@code size=n} so many bytes, {@code echo} an empty line and the request as it is in
 * {@link #asked}. What it writes goes out with {@code flush}, or at the end. {@code raw=bytes} goes out as it is.
 * {@code end} ends the request, as does the end of the query; {@code open} leaves it open; {@code close}, {@code reset}
 * and {@code hang} do not. If there is nothing of all that, the answer is {@code ok}.
 *
 * <p>In FastCGI, what is written goes out as one record. {@code err=text} is a record of the standard error,
 * {@code pad=n} fills the next record up, {@code stdout} ends the standard output, {@code over} the request.
 */
public final class CgiApp implements AutoCloseable {

    /** What it speaks. */
    public enum Protocol {
        FASTCGI,
        UWSGI,
        SCGI
    }

    private static final int STDOUT = 6;
    private static final int STDERR = 7;
    private static final int END = 3;

    private final Protocol protocol;
    private final RawUpstream raw;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** A request as it came. */
    private record Asked(String how, boolean keepsConnection, Map<String, String> parameters, String content) {
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder(how).append("\r\n");
            parameters.forEach(
                    (name, value) -> out.append(name).append(": ").append(value).append("\r\n"));
            return out.append("\r\n").append(content).toString();
        }
    }

    public CgiApp(Protocol protocol) throws IOException {
        this.protocol = protocol;
        raw = new RawUpstream(this::act);
    }

    public String address() {
        return raw.address();
    }

    /** The requests so far: how they came, their parameters, their content. */
    public List<String> asked() {
        return asked;
    }

    private void act(RawUpstream.Connection c) throws Exception {
        boolean goesOn = true;
        while (goesOn) {
            Asked request = switch (protocol) {
                case FASTCGI -> fastCgi(c);
                case UWSGI -> uwsgi(c);
                case SCGI -> scgi(c);
            };
            asked.add(request.toString());
            goesOn = new Answer(c, request).give() && request.keepsConnection;
        }
    }

    private static int octet(RawUpstream.Connection c) throws IOException {
        int b = c.read();
        if (b < 0) {
            throw new EOFException();
        }
        return b;
    }

    private static Asked fastCgi(RawUpstream.Connection c) throws IOException {
        StringBuilder parameters = new StringBuilder();
        StringBuilder content = new StringBuilder();
        String how = "";
        boolean keeps = false;
        int type;
        int length;
        do {
            int version = octet(c);
            type = octet(c);
            int id = octet(c) << 8 | octet(c);
            length = octet(c) << 8 | octet(c);
            int padding = octet(c);
            octet(c);
            String text = c.read(length);
            c.read(padding);
            if (type == 1) {
                keeps = text.charAt(2) == 1;
                how = "FastCGI " + version + ", request " + id + ", role " + (int) text.charAt(1) + ", flags "
                        + (int) text.charAt(2);
            }
            (type == 4 ? parameters : type == 5 ? content : new StringBuilder()).append(text);
        } while (type != 5 || length > 0);
        Map<String, String> all = new TreeMap<>();
        int[] at = {0};
        while (at[0] < parameters.length()) {
            int name = length(parameters, at);
            int value = length(parameters, at);
            all.put(
                    parameters.substring(at[0], at[0] + name),
                    parameters.substring(at[0] + name, at[0] + name + value));
            at[0] += name + value;
        }
        return new Asked(how, keeps, all, content.toString());
    }

    private static int length(CharSequence text, int[] at) {
        int length = text.charAt(at[0]++);
        if (length > 127) {
            length &= 0x7f;
            for (int i = 0; i < 3; i++) {
                length = length << 8 | text.charAt(at[0]++);
            }
        }
        return length;
    }

    private static Asked uwsgi(RawUpstream.Connection c) throws IOException {
        int modifier1 = octet(c);
        int left = octet(c) | octet(c) << 8;
        int modifier2 = octet(c);
        String packet = c.read(left);
        Map<String, String> all = new TreeMap<>();
        int at = 0;
        while (at + 1 < packet.length() && packet.charAt(at + 1) == 0) {
            int name = packet.charAt(at) | packet.charAt(at + 1) << 8;
            int value = packet.charAt(at + 2 + name) | packet.charAt(at + 3 + name) << 8;
            all.put(packet.substring(at + 2, at + 2 + name), packet.substring(at + 4 + name, at + 4 + name + value));
            at += 4 + name + value;
        }
        String rest = packet.substring(at);
        return new Asked(
                "uwsgi " + modifier1 + " " + modifier2 + (rest.isEmpty() ? "" : " and " + rest),
                false,
                all,
                content(c, all));
    }

    private static Asked scgi(RawUpstream.Connection c) throws IOException {
        int length = 0;
        for (int b = octet(c); b != ':'; b = octet(c)) {
            length = length * 10 + b - '0';
        }
        String[] all = c.read(length).split("\0", -1);
        String end = c.read(1);
        Map<String, String> parameters = new TreeMap<>();
        for (int i = 0; i + 1 < all.length; i += 2) {
            // the first one counts, which says how long the content is
            parameters.putIfAbsent(all[i], all[i + 1]);
        }
        return new Asked("SCGI " + all[0] + " first, " + end, false, parameters, content(c, parameters));
    }

    private static String content(RawUpstream.Connection c, Map<String, String> parameters) throws IOException {
        String length = parameters.getOrDefault("CONTENT_LENGTH", "");
        return length.isEmpty() ? "" : c.read(Integer.parseInt(length));
    }

    /** One answer, as the query says. */
    private final class Answer {
        private final RawUpstream.Connection c;
        private final Asked request;
        private StringBuilder written = new StringBuilder();
        private int padding;
        private boolean isStdoutClosed;
        /** Whether it has been told anything. */
        private boolean isTold;

        Answer(RawUpstream.Connection c, Asked request) {
            this.c = c;
            this.request = request;
        }

        /** False if the connection ends with it. */
        boolean give() throws Exception {
            String query = request.parameters.getOrDefault("QUERY_STRING", "");
            for (String each : (query.isEmpty() ? "b=ok" : query).split("&")) {
                boolean isToldBefore = isTold;
                String value = each.contains("=")
                        ? URLDecoder.decode(each.substring(each.indexOf('=') + 1), StandardCharsets.ISO_8859_1)
                        : "";
                isTold = true;
                switch (each.replaceFirst("=.*", "")) {
                    case "h" -> written.append(value).append("\r\n");
                    case "b" -> written.append("\r\n").append(value);
                    case "o" -> written.append(value);
                    case "size" ->
                        written.append(
                                "0123456789".repeat(Integer.parseInt(value) / 10 + 1), 0, Integer.parseInt(value));
                    case "echo" -> written.append("\r\n").append(request);
                    case "flush" -> flush();
                    case "raw" -> {
                        flush();
                        c.send(value);
                    }
                    case "err" -> {
                        flush();
                        record(STDERR, value);
                    }
                    case "pad" -> padding = Integer.parseInt(value);
                    case "stdout" -> {
                        flush();
                        isStdoutClosed = true;
                        record(STDOUT, "");
                    }
                    case "over" -> {
                        flush();
                        record(END, "\0".repeat(8));
                        return true;
                    }
                    case "open", "hang" -> {
                        flush();
                        c.read();
                        return false;
                    }
                    case "close" -> {
                        flush();
                        return false;
                    }
                    case "reset" -> {
                        flush();
                        c.reset();
                        return false;
                    }
                    case "end" -> {
                        return end();
                    }
                    // meant for the proxy
                    default -> isTold = isToldBefore;
                }
            }
            if (!isTold) {
                written.append("\r\nok");
            }
            return end();
        }

        private boolean end() throws IOException {
            flush();
            if (protocol == Protocol.FASTCGI) {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                if (!isStdoutClosed) {
                    all.writeBytes(bytes(header(STDOUT, 0, 0)));
                }
                all.writeBytes(bytes(header(END, 8, 0) + "\0".repeat(8)));
                c.send(all.toString(StandardCharsets.ISO_8859_1));
            }
            return true;
        }

        private void flush() throws IOException {
            if (written.length() > 0) {
                String text = written.toString();
                written = new StringBuilder();
                if (protocol == Protocol.FASTCGI) {
                    for (int at = 0; at < text.length(); at += 0x8000) {
                        record(STDOUT, text.substring(at, Math.min(text.length(), at + 0x8000)));
                    }
                } else {
                    c.send(text);
                }
            }
        }

        private void record(int type, String text) throws IOException {
            c.send(header(type, text.length(), padding) + text + "\0".repeat(padding));
            padding = 0;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String header(int type, int length, int padding) {
        return "" + (char) 1 + (char) type + (char) 0 + (char) 1 + (char) (length >> 8) + (char) (length & 0xff)
                + (char) padding + (char) 0;
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
