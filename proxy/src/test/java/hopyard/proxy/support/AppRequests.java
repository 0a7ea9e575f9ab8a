package hopyard.proxy.support;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** What the apps in the test resources are asked behind nginx and behind Hopyard, and what of an answer is compared. */
public final class AppRequests {

    /** How long an answer may take, in ms. */
    public static final int TIMEOUT = 20_000;

    private static final long UPLOAD = 100L << 20;

    private AppRequests() {}

    /** Requests for {@code /}, without what ends them where they have no content. */
    public static final List<String> ALL = List.of(
            "GET /?a=1&b=2 HTTP/1.1\r\nHost: example.com\r\nX-Mine: 1\r\nCookie: c=3\r\n",
            "GET /a%20b/c?x=%26 HTTP/1.1\r\nHost: example.com:8080\r\n",
            "HEAD /?do=show HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=show HTTP/1.0\r\n",
            "GET /?do=status&code=404 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=status&code=500 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=status&code=204 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=redirect HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=accel HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=large HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=fatal HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=kill HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=sleep&ms=2000 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=log HTTP/1.1\r\nHost: example.com\r\n",
            content("POST / HTTP/1.1\r\nHost: x\r\n", "application/x-www-form-urlencoded", "a=1&b=%26"),
            content("POST /?do=sum HTTP/1.1\r\nHost: x\r\n", "text/plain", "x".repeat(200_000)),
            content("POST / HTTP/1.1\r\nHost: x\r\n", "multipart/form-data; boundary=b", """
                    --b
                    Content-Disposition: form-data; name="f"; filename="name.txt"

                    the file
                    --b--
                    """.replace("\n", "\r\n")),
            "POST /?do=sum HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
                    + "Connection: close\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");

    private static String content(String head, String type, String content) {
        return head + "Content-Type: " + type + "\r\nContent-Length: " + content.length()
                + "\r\nConnection: close\r\n\r\n" + content;
    }

    /** Returns a request for an app below a path, all of it. */
    public static String at(String path, String request) {
        String[] line = request.split(" ", 3);
        String text = line[0] + " " + path + line[1] + " " + line[2];
        return text.contains("\r\n\r\n") ? text : text + "Connection: close\r\n\r\n";
    }

    /** Returns what comes back, without what differs by nature. */
    public static String ask(int port, String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.socket().setSoTimeout(TIMEOUT);
            return normalized(client.send(request).readAll(), port);
        }
    }

    /** Without what differs by nature; how content is cut into chunks is a matter of buffers. */
    private static String normalized(String response, int port) {
        int end = response.indexOf("\r\n\r\n");
        if (end < 0) {
            return response;
        }
        String[] lines = response.substring(0, end).split("\r\n");
        TreeSet<String> fields = new TreeSet<>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            // nginx writes names that it knows in its own way
            fields.add(line.replaceFirst("^Content-type:", "Content-Type:"));
        }
        String body = response.substring(end + 4);
        boolean isOwn = body.contains("<hr><center>");
        fields.removeIf(line -> line.matches("(Date|Server): .*") || isOwn && line.startsWith("Content-Length"));
        String content = fields.contains("Transfer-Encoding: chunked") ? unchunked(body) : body;
        String shown = content.length() > 10_000 ? content.length() + " bytes, " + content.hashCode() : content;
        return (lines[0] + "\n" + String.join("\n", fields) + "\n\n" + shown)
                .replace(":" + port, ":PORT")
                .replaceAll("<center>(nginx|hopyard)/[0-9.]+", "<center>SERVER");
    }

    private static String unchunked(String chunks) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < chunks.length()) {
            int end = chunks.indexOf("\r\n", at);
            int size = Integer.parseInt(chunks.substring(at, end), 16);
            if (size == 0) {
                return out + "[end]";
            }
            out.append(chunks, end + 2, Math.min(chunks.length(), end + 2 + size));
            at = end + 4 + size;
        }
        return out + "[broken off]";
    }

    /** Sends 100 MB to an app below a path; returns what comes back, which has its length. */
    public static String upload(int port, String path) throws IOException {
        byte[] piece = "0123456789abcdef".repeat(1 << 12).getBytes(StandardCharsets.US_ASCII);
        try (RawClient client = new RawClient(port)) {
            client.socket().setSoTimeout(TIMEOUT);
            client.send("POST " + path + "/?do=sum HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Content-Type: text/plain\r\nContent-Length: " + UPLOAD + "\r\n\r\n");
            OutputStream out = client.socket().getOutputStream();
            for (long sent = 0; sent < UPLOAD; sent += piece.length) {
                out.write(piece);
            }
            return normalized(client.readAll(), port);
        }
    }

    /** Returns what stands in the answer to an upload. */
    public static String uploaded() {
        return "\n" + UPLOAD + " ";
    }
}
