package hopyard.proxy.support;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * An app that does what the query of its requests says: {@code status=404}, {@code h=Name: value} (as often as wanted),
 * {@code body=text}, {@code size=n} for a body of that many bytes, {@code chunked}, {@code unframed} for one that ends
 * with the connection, {@code version=1.0}, {@code echo} for a body that is the request as it came,
 * {@code do=reset|close|silent|truncate}, {@code fail=n} to close only in app number n, {@code early} to do so without
 * having read the request's body, after which the connection ends.
 */
public final class ActingUpstream implements AutoCloseable {

    private static final Pattern EARLY = Pattern.compile("^\\S+ \\S*[?&]early[& ]");

    private final int number;
    private final RawUpstream raw;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /**
     * @param number what it calls itself in {@code X-App}
     */
    public ActingUpstream(int number) throws IOException {
        this.number = number;
        raw = new RawUpstream(this::act);
    }

    public String address() {
        return raw.address();
    }

    /** The requests so far, heads and bodies. */
    public List<String> asked() {
        return asked;
    }

    private void act(RawUpstream.Connection c) throws Exception {
        while (true) {
            String head = c.readHead();
            boolean early = EARLY.matcher(head).find();
            String request = early ? head : head + body(c, head);
            asked.add(request);
            if (!answer(c, head, request) || early || endsAfter(head)) {
                return;
            }
        }
    }

    /** Whether a request asks for the end of its connection. */
    private static boolean endsAfter(String head) {
        return !head.contains("HTTP/1.1") || head.contains("\r\nConnection: close");
    }

    private static String body(RawUpstream.Connection c, String head) throws IOException {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase().startsWith("content-length: ")) {
                return c.read(Integer.parseInt(line.substring(16)));
            }
            if (line.equalsIgnoreCase("transfer-encoding: chunked")) {
                StringBuilder out = new StringBuilder();
                while (!out.toString().endsWith("0\r\n\r\n")) {
                    int b = c.read();
                    if (b < 0) {
                        throw new IOException("connection ended in the content: " + out);
                    }
                    out.append((char) b);
                }
                return out.toString();
            }
        }
        return "";
    }

    /** False if the connection ends with it. */
    private boolean answer(RawUpstream.Connection c, String head, String request) throws IOException {
        String target = head.split(" ")[1];
        int query = target.indexOf('?');
        String status = "200";
        String body = "ok";
        boolean chunked = false;
        boolean unframed = false;
        String version = "1.1";
        StringBuilder fields = new StringBuilder("X-App: " + number + "\r\n");
        for (String each :
                query < 0 ? new String[0] : target.substring(query + 1).split("&")) {
            String value = URLDecoder.decode(each.substring(each.indexOf('=') + 1), StandardCharsets.ISO_8859_1);
            switch (each.replaceFirst("=.*", "")) {
                case "status" -> status = value;
                case "h" -> fields.append(value).append("\r\n");
                case "body" -> body = value;
                case "size" -> body = "0123456789".repeat(Integer.parseInt(value) / 10);
                case "chunked" -> chunked = true;
                case "unframed" -> unframed = true;
                case "version" -> version = value;
                case "echo" -> body = request;
                case "fail" -> {
                    if (value.contains(Integer.toString(number))) {
                        return false;
                    }
                }
                case "fail500" -> {
                    if (value.contains(Integer.toString(number))) {
                        status = "500";
                    }
                }
                case "do" -> {
                    switch (value) {
                        case "reset" -> c.reset();
                        case "silent" -> c.read();
                        case "truncate" -> c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
                        default -> {
                            // closed without a word
                        }
                    }
                    return false;
                }
                default -> {
                    // meant for the proxy
                }
            }
        }
        if (!fields.toString().toLowerCase().contains("content-type:")) {
            fields.append("Content-Type: text/plain\r\n");
        }
        if (endsAfter(head) && !fields.toString().toLowerCase().contains("connection:")) {
            // otherwise a proxy may have the next request on its way here already
            fields.append("Connection: close\r\n");
        }
        String first = "HTTP/" + version + " " + status + " Said\r\n" + fields;
        boolean isEmpty = status.equals("304") || status.equals("204");
        boolean isHead = head.startsWith("HEAD ");
        if (isEmpty || unframed) {
            c.send(first + "\r\n" + (isEmpty || isHead ? "" : body));
        } else if (chunked) {
            String chunks = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
            c.send(first + "Transfer-Encoding: chunked\r\n\r\n" + (isHead ? "" : chunks));
        } else {
            c.send(first + "Content-Length: " + body.length() + "\r\n\r\n" + (isHead ? "" : body));
        }
        return !unframed;
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
