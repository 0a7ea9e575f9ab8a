package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.Escape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Listings of directories.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_autoindex_module.html">ngx_http_autoindex_module</a>
 */
final class AutoindexModule implements Module {

    private static final Settings<ListSettings> SETTINGS = Settings.of(ListSettings::new);

    /** The longest name that is shown, in characters; longer names are cut. */
    private static final int NAME_LENGTH = 50;

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("dd-MMM-yyyy HH:mm", Locale.ENGLISH);
    private static final DateTimeFormatter JSON_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    private record ListSettings(boolean autoindex, boolean exactSize, boolean localTime, String format) {
        ListSettings(SettingsReader in) {
            this(
                    in.directive("autoindex")
                            .byDefault("off")
                            .means("Whether a directory without an index is listed.")
                            .flag(),
                    in.directive("autoindex_exact_size")
                            .byDefault("on")
                            .means("Whether sizes are given in bytes.")
                            .flag(),
                    in.directive("autoindex_localtime")
                            .byDefault("off")
                            .means("Whether times are local ones.")
                            .flag(),
                    in.directive("autoindex_format")
                            .byDefault("html")
                            .means("How the list is written.")
                            .note("`html` and `json`")
                            .read(new Format()));
        }
    }

    private static final class Format implements ValueReader<String> {
        @Override
        public String read(Scope scope, Directive d, String former) throws ConfException {
            return switch (d.arg(0)) {
                case "html", "json" -> d.arg(0);
                case "xml", "jsonp" -> throw d.error("this format is not supported by hopyard: \"" + d.arg(0) + "\"");
                default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
            };
        }
    }

    private record Entry(String name, BasicFileAttributes attributes) {
        boolean isDirectory() {
            return attributes.isDirectory();
        }
    }

    @Override
    public Manual manual() {
        return new Manual("autoindex", "ngx_http_autoindex_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        ListSettings own = SETTINGS.of(scope);
        if (own.autoindex) {
            location.on(Phase.CONTENT, exchange -> list(exchange, own));
        }
    }

    private static Result list(Exchange exchange, ListSettings settings) throws IOException {
        boolean isRead = exchange.method().equals("GET") || exchange.method().equals("HEAD");
        Path directory = FilePath.of(exchange, exchange.uri());
        if (!isRead || !exchange.uri().endsWith("/") || !Files.isDirectory(directory)) {
            return Result.NEXT;
        }
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = Paths.toBytes(file.getFileName().toString());
                if (!name.startsWith(".")) {
                    entries.add(new Entry(name, Files.readAttributes(file, BasicFileAttributes.class)));
                }
            }
        }
        entries.sort(Comparator.comparing((Entry e) -> !e.isDirectory()).thenComparing(Entry::name));
        boolean isJson = settings.format.equals("json");
        String body = isJson ? json(entries) : html(exchange.uri(), entries, settings);
        exchange.ending().because(Why.INDEX);
        BytesBody.respond(
                exchange, 200, isJson ? "application/json" : "text/html", body.getBytes(StandardCharsets.ISO_8859_1));
        return Result.TAKEN;
    }

    private static String html(String uri, List<Entry> entries, ListSettings settings) {
        String title = escapeHtml(uri);
        StringBuilder out = new StringBuilder("<html>\r\n<head><title>Index of ")
                .append(title)
                .append("</title></head>\r\n<body>\r\n<h1>Index of ")
                .append(title)
                .append("</h1><hr><pre><a href=\"../\">../</a>\r\n");
        ZoneId zone = settings.localTime ? ZoneId.systemDefault() : ZoneOffset.UTC;
        for (Entry entry : entries) {
            String slash = entry.isDirectory() ? "/" : "";
            String shown = entry.name;
            boolean cut = shown.length() > NAME_LENGTH;
            out.append("<a href=\"")
                    .append(Escape.COMPONENT.apply(entry.name))
                    .append(slash)
                    .append("\">")
                    .append(escapeHtml(cut ? shown.substring(0, NAME_LENGTH - 3) : shown));
            if (cut) {
                out.append("..&gt;</a>");
            } else {
                boolean hasRoom = entry.isDirectory() && shown.length() < NAME_LENGTH;
                out.append(hasRoom ? "/" : "")
                        .append("</a>")
                        .append(" ".repeat(NAME_LENGTH - shown.length() - (hasRoom ? 1 : 0)));
            }
            out.append(' ')
                    .append(DATE.format(
                            entry.attributes.lastModifiedTime().toInstant().atZone(zone)))
                    .append(' ')
                    .append(size(entry, settings.exactSize))
                    .append("\r\n");
        }
        return out.append("</pre><hr></body>\r\n</html>\r\n").toString();
    }

    private static String size(Entry entry, boolean exact) {
        if (entry.isDirectory()) {
            return exact ? "                  -" : "      -";
        }
        long size = entry.attributes.size();
        if (exact) {
            return String.format("%19d", size);
        }
        int shift = size > (1 << 30) - 1 ? 30 : size > (1 << 20) - 1 ? 20 : size > 9999 ? 10 : 0;
        if (shift == 0) {
            return String.format(" %6d", size);
        }
        long half = 1L << (shift - 1);
        return String.format("%6d", (size + half) >> shift) + (shift == 30 ? 'G' : shift == 20 ? 'M' : 'K');
    }

    private static String json(List<Entry> entries) {
        StringBuilder out = new StringBuilder("[\r\n");
        String separator = "";
        for (Entry entry : entries) {
            String name = entry.name.replace("\\", "\\\\").replace("\"", "\\\"");
            out.append(separator)
                    .append("{ \"name\":\"")
                    .append(name)
                    .append("\", \"type\":\"")
                    .append(entry.isDirectory() ? "directory" : entry.attributes.isRegularFile() ? "file" : "other")
                    .append("\", \"mtime\":\"")
                    .append(JSON_DATE.format(
                            entry.attributes.lastModifiedTime().toInstant().atZone(ZoneOffset.UTC)))
                    .append('"')
                    .append(entry.attributes.isRegularFile() ? ", \"size\":" + entry.attributes.size() : "")
                    .append(" }");
            separator = ",\r\n";
        }
        return out.append("\r\n]").toString();
    }

    private static String escapeHtml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
