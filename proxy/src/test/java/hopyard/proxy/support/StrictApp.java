package hopyard.proxy.support;

import hopyard.sockets.SocketServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * An app that takes requests by the letter of RFC 9112 and remembers each of them. What it does not like is a
 * complaint, and so is every byte that follows a request before its answer.
 */
public final class StrictApp implements AutoCloseable {

    private static final Pattern REQUEST_LINE =
            Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ /[!-\"$-~]* HTTP/1\\.[01]");
    private static final Pattern FIELD = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\\x80-\\xff]*");
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 [0-9]{3} [\t -~\\x80-\\xff]*");

    /**
     * A message as it came.
     *
     * @param lines the lines of its head
     * @param content without its framing
     */
    public record Message(List<String> lines, String content, List<String> trailers) {

        /** The names of all fields, in lower case. */
        public List<String> names() {
            List<String> out = new ArrayList<>();
            lines.stream().skip(1).forEach(line -> out.add(name(line)));
            trailers.forEach(line -> out.add(name(line)));
            return out;
        }

        private static String name(String line) {
            return line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
        }

        /** A field's value; {@code null} if there is none. */
        public String field(String name) {
            for (String line : lines.subList(1, lines.size())) {
                if (name(line).equals(name)) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return null;
        }
    }

    private final SocketServer server;
    private final Function<Message, String> answer;
    private final List<Message> requests = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    /**
     * @param answer makes the response to a request, head and content; its connection lives on if it says how long it
     *     is
     */
    public StrictApp(Function<Message, String> answer) throws IOException {
        this.answer = answer;
        server = new SocketServer("strict-app", this::serve);
    }

    private void serve(Socket socket) throws IOException {
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                Message request = read(in, REQUEST_LINE, true);
                if (request == null) {
                    return;
                }
                requests.add(request);
                if (in.available() > 0) {
                    complaints.add("bytes after " + request);
                }
                socket.getOutputStream().write(answer.apply(request).getBytes(StandardCharsets.ISO_8859_1));
                if (!request.lines().get(0).endsWith("1.1") || "close".equals(request.field("connection"))) {
                    return;
                }
            }
        } catch (Malformed e) {
            complaints.add(e.getMessage());
        }
    }

    /** A message is not what RFC 9112 says. */
    private static final class Malformed extends IOException {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    /**
     * Takes the one response apart that a client has got on a connection that is closed after it.
     *
     * @throws IOException if it is malformed, or followed by something
     */
    public static Message response(String bytes, boolean isHead) throws IOException {
        InputStream in = new ByteArrayInputStream(bytes.getBytes(StandardCharsets.ISO_8859_1));
        Message response = read(in, STATUS_LINE, false);
        if (response == null) {
            return null;
        }
        String status = response.lines().get(0).substring(9, 12);
        boolean hasNone = isHead || status.equals("204") || status.equals("304");
        Message whole = hasNone ? response : withContent(response, in, false);
        if (in.available() > 0) {
            throw new Malformed("followed by: " + new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        }
        return whole;
    }

    private static Message read(InputStream in, Pattern first, boolean isRequest) throws IOException {
        List<String> lines = lines(in);
        if (lines == null) {
            return null;
        }
        if (lines.isEmpty() || !first.matcher(lines.get(0)).matches()) {
            throw new Malformed("first line of " + lines);
        }
        check(lines.subList(1, lines.size()), lines);
        Message head = new Message(lines, "", List.of());
        return isRequest ? withContent(head, in, true) : head;
    }

    private static void check(List<String> fields, List<String> all) throws Malformed {
        for (String line : fields) {
            if (!FIELD.matcher(line).matches()) {
                throw new Malformed("field <" + line + "> of " + all);
            }
        }
    }

    private static Message withContent(Message head, InputStream in, boolean isRequest) throws IOException {
        String length = head.field("content-length");
        String coding = head.field("transfer-encoding");
        if (length != null && coding != null) {
            throw new Malformed("two framings: " + head);
        }
        if (length != null) {
            String content = text(in, Integer.parseInt(length));
            return new Message(head.lines, content, List.of());
        }
        if (coding == null) {
            String rest = isRequest ? "" : new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            return new Message(head.lines, rest, List.of());
        }
        StringBuilder content = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(line(in), 16);
            if (size == 0) {
                List<String> trailers = lines(in);
                check(trailers, trailers);
                return new Message(head.lines, content.toString(), trailers);
            }
            content.append(text(in, size));
            if (!line(in).isEmpty()) {
                throw new Malformed("a chunk is longer than it says");
            }
        }
    }

    private static String text(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new Malformed("content ends early: " + bytes.length + " of " + length);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Lines up to an empty one; {@code null} if there is nothing. */
    private static List<String> lines(InputStream in) throws IOException {
        List<String> out = new ArrayList<>();
        for (String line = line(in); line != null; line = line(in)) {
            if (line.isEmpty()) {
                return out;
            }
            out.add(line);
        }
        if (!out.isEmpty()) {
            throw new Malformed("head ends early: " + out);
        }
        return null;
    }

    /** What stands before CRLF, which may hold any other byte; {@code null} at the end. */
    private static String line(InputStream in) throws IOException {
        StringBuilder out = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            out.append((char) b);
            int end = out.length() - 2;
            if (b == '\n' && end >= 0 && out.charAt(end) == '\r') {
                return out.substring(0, end);
            }
        }
        if (out.length() > 0) {
            throw new Malformed("line ends early: " + out);
        }
        return null;
    }

    public String address() {
        return server.address();
    }

    /** The requests that came, in order. */
    public List<Message> requests() {
        return requests;
    }

    /** What was wrong with what came. */
    public List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
