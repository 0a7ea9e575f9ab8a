package hopyard.proxy.modules;

import hopyard.proxy.io.Escape;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** The forms in which {@link AutoindexModule} lists a directory. */
final class DirectoryList {

    private static final DateTimeFormatter JSON_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    private static final DateTimeFormatter XML_DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private DirectoryList() {}

    static String json(List<DirectoryEntry> entries) {
        StringBuilder out = new StringBuilder("[\r\n");
        String separator = "";
        for (DirectoryEntry entry : entries) {
            out.append(separator).append("{ \"name\":\"");
            LogFormat.appendJson(out, entry.name());
            out.append("\", \"type\":\"")
                    .append(entry.type())
                    .append("\", \"mtime\":\"")
                    .append(JSON_DATE.format(entry.modified().atZone(ZoneOffset.UTC)))
                    .append('"')
                    .append(entry.isFile() ? ", \"size\":" + entry.size() : "")
                    .append(" }");
            separator = ",\r\n";
        }
        return out.append("\r\n]").toString();
    }

    static String xml(List<DirectoryEntry> entries) {
        StringBuilder out = new StringBuilder("<?xml version=\"1.0\"?>\r\n<list>\r\n");
        for (DirectoryEntry entry : entries) {
            out.append('<')
                    .append(entry.type())
                    .append(" mtime=\"")
                    .append(XML_DATE.format(entry.modified().atZone(ZoneOffset.UTC)))
                    .append('"')
                    .append(entry.isFile() ? " size=\"" + entry.size() + "\"" : "")
                    .append('>')
                    .append(escapeHtml(entry.name()))
                    .append("</")
                    .append(entry.type())
                    .append(">\r\n");
        }
        return out.append("</list>\r\n").toString();
    }

    private static String escapeHtml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /**
     * A list in HTML.
     *
     * @param exactSize whether sizes are given in bytes
     * @param localTime whether times are local ones
     * @param isUtf8 whether names are counted and cut by the characters of UTF-8
     */
    record Html(boolean exactSize, boolean localTime, boolean isUtf8) {

        /** The longest name that is shown, in characters; longer names are cut. */
        private static final int MAX_NAME = 50;

        private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("dd-MMM-yyyy HH:mm", Locale.ENGLISH);

        String write(String uri, List<DirectoryEntry> entries) {
            String title = escapeHtml(uri);
            StringBuilder out = new StringBuilder("<html>\r\n<head><title>Index of ")
                    .append(title)
                    .append("</title></head>\r\n<body>\r\n<h1>Index of ")
                    .append(title)
                    .append("</h1><hr><pre><a href=\"../\">../</a>\r\n");
            // as in nginx, the difference of now is that of all times
            ZoneOffset zone = localTime ? ZoneId.systemDefault().getRules().getOffset(Instant.now()) : ZoneOffset.UTC;
            for (DirectoryEntry entry : entries) {
                out.append("<a href=\"")
                        .append(Escape.COMPONENT.apply(entry.name()))
                        .append(entry.isDirectory() ? "/" : "")
                        .append("\">");
                name(out, entry);
                out.append(' ')
                        .append(DATE.format(entry.modified().atOffset(zone)))
                        .append(' ')
                        .append(size(entry))
                        .append("\r\n");
            }
            return out.append("</pre><hr></body>\r\n</html>\r\n").toString();
        }

        /** Writes a name in its column, and the end of the link. */
        private void name(StringBuilder out, DirectoryEntry entry) {
            String name = entry.name();
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            int length = isUtf8 ? Utf8.count(bytes) : bytes.length;
            if (length > MAX_NAME) {
                int shown = MAX_NAME - 3;
                int end = length == bytes.length ? shown : Utf8.endOf(bytes, shown);
                out.append(escapeHtml(name.substring(0, end))).append("..&gt;</a>");
                return;
            }
            boolean hasRoom = entry.isDirectory() && length < MAX_NAME;
            out.append(escapeHtml(name))
                    .append(hasRoom ? "/" : "")
                    .append("</a>")
                    .append(" ".repeat(MAX_NAME - length - (hasRoom ? 1 : 0)));
        }

        private String size(DirectoryEntry entry) {
            if (entry.isDirectory()) {
                return exactSize ? "                  -" : "      -";
            }
            long size = entry.size();
            if (exactSize) {
                return String.format("%19d", size);
            }
            int shift = size > (1 << 30) - 1 ? 30 : size > (1 << 20) - 1 ? 20 : size > 9999 ? 10 : 0;
            if (shift == 0) {
                return String.format(" %6d", size);
            }
            long half = 1L << (shift - 1);
            return String.format("%6d", (size + half) >> shift) + (shift == 30 ? 'G' : shift == 20 ? 'M' : 'K');
        }
    }
}
