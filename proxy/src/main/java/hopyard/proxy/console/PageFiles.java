package hopyard.proxy.console;

import io.undertow.util.HttpString;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The page and its libraries, out of the proxy's own jars, so that it is there without the app and with any nginx.conf.
 *
 * <p>{@code page/VERSION/…} has the files; the version is made from all of their bytes, so what a browser has once fetched it
 * never asks for again, and after an update it asks for everything. {@code page/boot.js} is for a page that does not know
 * the version: the app's own first page becomes the instrument by it.
 */
final class PageFiles {

    private static final HttpString CACHE_CONTROL = new HttpString("Cache-Control");
    private static final HttpString CONTENT_ENCODING = new HttpString("Content-Encoding");
    private static final HttpString VARY = new HttpString("Vary");
    static final HttpString CSP = new HttpString("Content-Security-Policy");
    private static final HttpString REFERRER_POLICY = new HttpString("Referrer-Policy");

    /** What the page may do; its shared worker's policy is that of the worker's file. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
                    + " worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json");

    /** What the page uses of its libraries: WebJar, and file in it. */
    private static final String[][] LIBRARIES = {
        {"uplot", "dist/uPlot.iife.min.js"},
        {"uplot", "dist/uPlot.min.css"},
        {"codemirror", "lib/codemirror.js"},
        {"codemirror", "lib/codemirror.css"},
        {"codemirror", "mode/nginx/nginx.js"},
        {"codemirror", "addon/fold/foldcode.js"},
        {"codemirror", "addon/fold/foldgutter.js"},
        {"codemirror", "addon/fold/foldgutter.css"},
        {"codemirror", "addon/fold/brace-fold.js"},
        {"codemirror", "addon/hint/show-hint.js"},
        {"codemirror", "addon/hint/show-hint.css"},
        {"codemirror", "addon/search/searchcursor.js"},
        {"codemirror", "addon/search/search.js"},
        {"codemirror", "addon/dialog/dialog.js"},
        {"codemirror", "addon/dialog/dialog.css"},
    };

    /** By name, compressed. */
    private final Map<String, byte[]> files;

    private final String version;

    private static final class Loaded {
        private static final PageFiles FILES = new PageFiles();
    }

    private PageFiles() {
        Map<String, byte[]> all = new TreeMap<>();
        try {
            readAll(all);
            for (String[] library : LIBRARIES) {
                all.put("lib/" + library[0] + "/" + library[1], library(library[0], library[1]));
            }
            CRC32 crc = new CRC32();
            for (Map.Entry<String, byte[]> file : all.entrySet()) {
                crc.update(file.getKey().getBytes(StandardCharsets.UTF_8));
                crc.update(file.getValue());
                file.setValue(compressed(file.getValue()));
            }
            version = Long.toHexString(crc.getValue() | 1L << 32).substring(1);
        } catch (IOException e) {
            throw new UncheckedIOException("the page's files cannot be read", e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        files = all;
    }

    /** The files of the page itself: entries of a jar, or files where the classes are, too. */
    private static void readAll(Map<String, byte[]> all) throws IOException, URISyntaxException {
        String root = "/hopyard/page";
        URI uri = PageFiles.class.getResource(root).toURI();
        if (!uri.getScheme().equals("jar")) {
            readAll(Path.of(uri), all);
            return;
        }
        String jar = uri.getSchemeSpecificPart().replaceFirst("!.*", "");
        try (FileSystem entries = FileSystems.newFileSystem(Path.of(URI.create(jar)))) {
            readAll(entries.getPath(root), all);
        }
    }

    private static void readAll(Path root, Map<String, byte[]> all) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
                all.put(root.relativize(path).toString(), Files.readAllBytes(path));
            }
        }
    }

    private static byte[] library(String webjar, String file) throws IOException {
        Properties properties = new Properties();
        properties.load(
                new ByteArrayInputStream(resource("/META-INF/maven/org.webjars.npm/" + webjar + "/pom.properties")));
        return resource("/META-INF/resources/webjars/" + webjar + "/" + properties.getProperty("version") + "/" + file);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path: the build is not complete");
            }
            return in.readAllBytes();
        }
    }

    private static byte[] compressed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 3);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** The path of the files of this version, relative to the console. */
    static String root() {
        return "page/" + Loaded.FILES.version + "/";
    }

    /** Answers for {@code page/…}. */
    static Answer answer(Request request) throws Refusal {
        if (request.rest().equals("boot.js")) {
            return new Answer(200, TYPES.get("js"), Content.text(PageFiles::boot), Map.of(CACHE_CONTROL, "no-cache"));
        }
        String file = request.path().startsWith(root()) ? request.path().substring(root().length()) : null;
        byte[] bytes = file == null ? null : Loaded.FILES.files.get(file);
        if (bytes == null) {
            throw new Refusal(404, "the page has no file of this name and version: load it again");
        }
        String type = TYPES.getOrDefault(file.substring(file.lastIndexOf('.') + 1), "application/octet-stream");
        boolean takesGzip =
                acceptsGzip(request.exchange().http().getRequestHeaders().getFirst("Accept-Encoding"));
        Map<HttpString, String> fields = new HashMap<>();
        fields.put(CACHE_CONTROL, "private, max-age=31536000, immutable");
        fields.put(VARY, "Accept-Encoding");
        fields.put(CSP, POLICY);
        if (takesGzip) {
            fields.put(CONTENT_ENCODING, "gzip");
        }
        return new Answer(200, type, once(bytes, takesGzip), fields);
    }

    private static boolean acceptsGzip(String accepted) {
        return accepted != null && accepted.matches("(?i)(.*[,\\s])?gzip(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$)).*");
    }

    private static Content once(byte[] bytes, boolean asIs) {
        return out -> {
            if (asIs) {
                out.write(bytes);
            } else {
                new GZIPInputStream(new ByteArrayInputStream(bytes)).transferTo(out);
            }
            return false;
        };
    }

    /** Links to the page's style sheets, in the order of their names. */
    static String sheets(String root) {
        return sheetNames()
                .map(name -> "<link rel=\"stylesheet\" href=\"" + root + name + "\">\n")
                .collect(Collectors.joining());
    }

    private static Stream<String> sheetNames() {
        return Loaded.FILES.files.keySet().stream().filter(name -> name.startsWith("css/"));
    }

    /** Has the page that it is loaded by become the instrument. */
    private static String boot() {
        String names = sheetNames().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        return """
                const root = new URL('./%s/', import.meta.url);
                document.head.append(...[%s].map((name) => Object.assign(document.createElement('link'),
                    { rel: 'stylesheet', media: 'not all', href: new URL(name, root) })));
                await import(new URL('app.js', root));
                """.formatted(Loaded.FILES.version, names);
    }

    /** The page at the console's own location. */
    static Answer page() {
        String html = """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Hopyard: every hop of a request</title>
                <link rel="icon" href="%1$sfavicon.svg" type="image/svg+xml">
                %2$s<script type="module" src="%1$sapp.js"></script>
                <body>
                <noscript><p>This page needs JavaScript. The console does without: ask it with curl, which gets text.</p></noscript>
                </html>
                """.formatted(root(), sheets(root()));
        return new Answer(
                200,
                TYPES.get("html"),
                Content.text(() -> html),
                Map.of(
                        CSP,
                        POLICY,
                        // the console knows its own page by it where the browser sends no Sec-Fetch-Site
                        REFERRER_POLICY,
                        "same-origin"));
    }
}
