package hopyard.proxy.nginx;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** A response without what may differ from server to server: the order of its fields, and how its content is cut. */
final class NormalResponse {

    /** The protocol in a status line, or in the line of a request that an app sends back. */
    private static final Pattern HEAD =
            Pattern.compile("HTTP/1\\.[01](?: [1-5][0-9]{2}[ \r]|\r\n(?<=[A-Z] [^ \r\n]{1,2000} HTTP/1\\.[01]\r\n))");

    private NormalResponse() {}

    /** Returns the responses of a connection, with their fields in order, and chunks put together. */
    static String of(String response, Set<String> any) throws IOException {
        StringBuilder out = new StringBuilder();
        String rest = response;
        while (rest.startsWith("HTTP/1.")) {
            int end = rest.indexOf("\r\n\r\n");
            if (end < 0) {
                break;
            }
            String[] lines = rest.substring(0, end).split("\r\n");
            rest = rest.substring(end + 4);
            boolean ownPage = rest.contains("<hr><center>");
            TreeSet<String> fields = new TreeSet<>();
            for (int i = 1; i < lines.length; i++) {
                if (!lines[i].matches("(?i)(date|server): .*") && !(ownPage && lines[i].startsWith("Content-Length"))) {
                    fields.add(lines[i]);
                }
            }
            out.append(lines[0]).append('\n');
            fields.stream()
                    .filter(field ->
                            !any.contains("framing") || !field.matches("(Transfer-Encoding|Content-Length): .*"))
                    .forEach(field -> out.append(field).append('\n'));
            if (rest.startsWith("HTTP/1.")) {
                continue;
            }
            int next = start(rest);
            String body = next < 0 ? rest : rest.substring(0, next);
            // how content is cut into chunks is a matter of buffers
            String content = fields.contains("Transfer-Encoding: chunked") ? unchunked(body) : body;
            if (any.contains("compression") && fields.contains("Content-Encoding: gzip")) {
                content = uncompressed(content);
            }
            out.append('\n').append(any.contains("framing") ? content.replaceFirst("\\[trailers]\\s*$", "") : content);
            rest = next < 0 ? "" : rest.substring(next);
        }
        return out.append(rest).toString();
    }

    /**
     * Returns where the next head begins, of a response or of a request in an app's content; negative if none does.
     * Content may name the protocol elsewhere, too.
     */
    private static int start(String text) {
        Matcher head = HEAD.matcher(text);
        return head.find() ? head.start() : -1;
    }

    /** Content whose coding is gzip; what follows a whole one stays. */
    private static String uncompressed(String content) throws IOException {
        if (content.isEmpty() || content.startsWith("[trailers]")) {
            return content;
        }
        int end = content.lastIndexOf("[trailers]");
        byte[] bytes = content.substring(0, end < 0 ? content.length() : end).getBytes(StandardCharsets.ISO_8859_1);
        String text = new String(
                new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(), StandardCharsets.ISO_8859_1);
        return "uncompressed: " + text + (end < 0 ? "" : content.substring(end));
    }

    private static String unchunked(String chunks) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (true) {
            int end = chunks.indexOf("\r\n", at);
            if (end < 0) {
                return out + "[broken off]";
            }
            int size = Integer.parseInt(chunks.substring(at, end), 16);
            if (size == 0) {
                return out + "[trailers]" + chunks.substring(end);
            }
            if (end + 2 + size > chunks.length()) {
                return out + chunks.substring(end + 2) + "[broken off]";
            }
            out.append(chunks, end + 2, end + 2 + size);
            at = end + size + 4;
        }
    }
}
