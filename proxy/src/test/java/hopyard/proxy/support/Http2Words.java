package hopyard.proxy.support;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Says in HTTP/2 what a test has written for HTTP/1.1, and shows the response as if it had come in that. */
public final class Http2Words {

    private Http2Words() {}

    /** Whether a request means the same in both: it has nothing that is about a connection of HTTP/1.1. */
    public static boolean canSay(String request) {
        int end = request.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        String head = request.substring(0, end + 2);
        return !head.contains("@LONG")
                && head.matches("(?s)[A-Z]+ [/*][^ ]* HTTP/1\\.1\r\n.*")
                && !head.matches(
                        "(?si).*\r\n(TE|Trailer|Upgrade|Keep-Alive|Expect|Transfer-Encoding|Proxy-Connection):.*")
                && !head.matches("(?si).*\r\n(?!connection: close\r\n)connection:.*")
                && head.split("\r\nHost: ", -1).length == 2
                && !head.matches("(?s).*\r\n([^:]*[^-_A-Za-z0-9:][^:]*:| ).*")
                && !head.matches("(?s)CONNECT.*");
    }

    /** Sends a request on a connection of its own. */
    public static Site.Answer ask(int port, String request) throws IOException {
        int end = request.indexOf("\r\n\r\n");
        String[] lines = request.substring(0, end).split("\r\n");
        String body = request.substring(end + 4);
        String[] first = lines[0].split(" ");
        List<String> fields = new ArrayList<>(List.of(":method: " + first[0], ":scheme: http", ":path: " + first[1]));
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = lines[i].substring(0, colon).toLowerCase();
            String value = lines[i].substring(colon + 1).strip();
            if (name.equals("host")) {
                fields.add(3, ":authority: " + value);
            } else if (!name.equals("connection")) {
                fields.add(name + ": " + value);
            }
        }
        try (RawHttp2 client = RawHttp2.connect(port)) {
            client.headers(1, body.isEmpty(), fields);
            for (int at = 0; at < body.length(); at += 16_384) {
                int n = Math.min(16_384, body.length() - at);
                client.data(1, at + n == body.length(), body.substring(at, at + n));
            }
            return new Site.Answer(client.socket().getLocalPort(), "", shown(client.response(1)));
        }
    }

    private static String shown(RawHttp2.Response response) {
        StringBuilder out = new StringBuilder();
        if (response.status() > 0) {
            out.append("HTTP/1.1 ").append(response.status()).append("\r\n");
            response.fields()
                    .subList(1, response.fields().size())
                    .forEach(field -> out.append(capitalized(field)).append("\r\n"));
            out.append("\r\n").append(response.content());
        }
        response.trailers()
                .forEach(field -> out.append("[trailer ").append(field).append(']'));
        // with which code a stream is reset is the server's choice
        return response.ended().equals("end")
                ? out.toString()
                : out + "[" + response.ended().replaceFirst(" .*", "") + "]";
    }

    /** A field with a name as it is written in HTTP/1.1: {@code Content-Type}. */
    private static String capitalized(String field) {
        StringBuilder out = new StringBuilder(field);
        int colon = field.indexOf(':');
        for (int i = 0; i < colon; i++) {
            if (i == 0 || field.charAt(i - 1) == '-') {
                out.setCharAt(i, Character.toUpperCase(field.charAt(i)));
            }
        }
        return out.toString();
    }
}
