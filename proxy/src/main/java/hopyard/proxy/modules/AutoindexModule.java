package hopyard.proxy.modules;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.CoreVariables;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Listings of directories.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_autoindex_module.html">ngx_http_autoindex_module</a>
 */
final class AutoindexModule implements Module {

    private static final Settings<ListSettings> SETTINGS = Settings.of(ListSettings::new);

    private static final int MAX_CALLBACK = 128;

    private record ListSettings(boolean autoindex, boolean exactSize, boolean localTime, Format format) {
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
                            .word(Format.class));
        }
    }

    private enum Format {
        HTML,
        XML,
        JSON,
        JSONP
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
            Template charset = CharsetModule.charset(scope);
            location.on(Phase.CONTENT, exchange -> list(exchange, own, charset));
        }
    }

    private static Result list(Exchange exchange, ListSettings settings, Template charset) throws IOException {
        boolean isRead = exchange.method().equals("GET") || exchange.method().equals("HEAD");
        Path directory = FilePath.of(exchange, exchange.uri());
        if (!isRead || !exchange.uri().endsWith("/") || !Files.isDirectory(directory)) {
            return Result.NEXT;
        }
        String callback = settings.format == Format.JSONP ? CoreVariables.argument(exchange.args(), "callback") : "";
        if (!isValid(callback, exchange)) {
            exchange.fail(400);
            return Result.TAKEN;
        }
        List<DirectoryEntry> entries = entries(directory);
        exchange.ending().because(Why.INDEX);
        switch (settings.format) {
            case XML -> send(exchange, "text/xml; charset=utf-8", DirectoryList.xml(entries));
            case JSON -> send(exchange, "application/json", DirectoryList.json(entries));
            case JSONP -> {
                String list = DirectoryList.json(entries);
                boolean isCalled = callback != null && !callback.isEmpty();
                send(
                        exchange,
                        isCalled ? "application/javascript" : "application/json",
                        isCalled ? "/* callback */\r\n" + callback + "(" + list + ");" : list);
            }
            default -> {
                boolean isUtf8 = charset.eval(exchange).equalsIgnoreCase("utf-8");
                DirectoryList.Html how = new DirectoryList.Html(settings.exactSize, settings.localTime, isUtf8);
                send(exchange, "text/html", how.write(exchange.uri(), entries));
            }
        }
        return Result.TAKEN;
    }

    private static void send(Exchange exchange, String type, String list) {
        BytesBody.stream(exchange, type, list.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Whether a text may be the name of the function that a client has called with the list. */
    private static boolean isValid(String callback, Exchange exchange) {
        if (callback == null) {
            return true;
        }
        boolean isLong = callback.length() > MAX_CALLBACK;
        if (isLong || !callback.matches("[A-Za-z0-9_.]*")) {
            exchange.log(
                    ErrorLog.Level.INFO,
                    "client sent " + (isLong ? "too long" : "invalid") + " callback name: \"" + callback + "\"");
            return false;
        }
        return true;
    }

    private static List<DirectoryEntry> entries(Path directory) throws IOException {
        List<DirectoryEntry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = Paths.toBytes(file.getFileName().toString());
                if (!name.startsWith(".")) {
                    entries.add(new DirectoryEntry(name, attributes(file)));
                }
            }
        }
        entries.sort(Comparator.comparing((DirectoryEntry each) -> !each.isDirectory())
                .thenComparing(DirectoryEntry::name));
        return entries;
    }

    /** Returns what a file is, or what a link is that leads nowhere. */
    private static BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
