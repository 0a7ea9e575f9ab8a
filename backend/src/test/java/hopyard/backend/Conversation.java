package hopyard.backend;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client that sends the requests of a case, and remembers cookies and the token of the last form. */
final class Conversation implements AutoCloseable {

    /**
     * A response as it came.
     *
     * @param head its lines; empty if the connection ended without one
     */
    record Response(List<String> head, byte[] content) {
        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }

        /** Returns the values of a header field. */
        List<String> values(String name) {
            return head.stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .toList();
        }
    }

    private static final int TIMEOUT = 20_000;
    private static final Pattern TOKEN = Pattern.compile("name=\"csrfmiddlewaretoken\" value=\"([^\"]+)\"");
    private static final Pattern LONG = Pattern.compile("@LONG([0-9]+)@");

    private final int port;
    private final Map<String, String> cookies = new TreeMap<>();
    private String token = "";
    private Socket socket;

    Conversation(int port) {
        this.port = port;
    }

    Response send(DjangoCase.Request request) throws IOException {
        if (!request.same() || socket == null) {
            close();
            socket = new Socket(InetAddress.getByName("127.0.0.1"), port);
            socket.setSoTimeout(TIMEOUT);
        }
        try {
            socket.getOutputStream().write(filledIn(request.text()));
            Response response = read(socket.getInputStream(), request.isHead());
            remember(response);
            return response;
        } catch (java.net.SocketException e) {
            return new Response(List.of(), new byte[0]);
        }
    }

    private byte[] filledIn(String text) {
        List<String> known = new ArrayList<>();
        cookies.forEach((name, value) -> known.add(name + "=" + value));
        String filled = text.replace("@PORT@", Integer.toString(port))
                .replace("@CSRF@", token)
                .replace("@COOKIES@", String.join("; ", known));
        filled = LONG.matcher(filled).replaceAll(found -> "x".repeat(Integer.parseInt(found.group(1))));
        int empty = filled.indexOf("\r\n\r\n");
        int length = empty < 0 ? 0 : filled.substring(empty + 4).getBytes(StandardCharsets.UTF_8).length;
        return filled.replace("@LENGTH@", Integer.toString(length)).getBytes(StandardCharsets.UTF_8);
    }

    private static Response read(InputStream in, boolean isHead) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                break;
            }
            head.write(b);
        }
        List<String> lines = head.toString(StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> !line.isEmpty())
                .toList();
        Response started = new Response(lines, new byte[0]);
        List<String> lengths = started.values("Content-Length");
        if (lines.isEmpty() || isHead) {
            return started;
        }
        byte[] content = lengths.isEmpty() ? in.readAllBytes() : in.readNBytes(Integer.parseInt(lengths.get(0)));
        return new Response(lines, content);
    }

    private void remember(Response response) {
        for (String each : response.values("Set-Cookie")) {
            String pair = each.split(";")[0];
            int equals = pair.indexOf('=');
            if (each.contains("Max-Age=0;")) {
                cookies.remove(pair.substring(0, equals));
            } else {
                cookies.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        Matcher matcher = TOKEN.matcher(response.text());
        if (matcher.find()) {
            token = matcher.group(1);
        }
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
        }
    }
}
