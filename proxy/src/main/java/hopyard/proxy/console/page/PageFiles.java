package hopyard.proxy.console.page;

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
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/**
 * The page and its libraries, out of the proxy's own jars, so that it is there without the app and with any nginx.conf.
 *
 * <p>{@code page/VERSION/…} has the files; the version is made from all of their bytes, so what a browser has once
 * fetched it never asks for again, and after an update it asks for everything. {@code page/boot.js} is for a page that
 * does not know the version: the app's own first page becomes the instrument by it.
 */
public final class PageFiles {

    /** CodeMirror's parts, as the build has minified them, each after what it needs. */
    private static final String[] CODEMIRROR = {
        "lib/codemirror.js",
        "mode/nginx/nginx.js",
        "addon/fold/foldcode.js",
        "addon/fold/brace-fold.js",
        "addon/fold/foldgutter.js",
        "addon/hint/show-hint.js",
        "addon/dialog/dialog.js",
        "addon/search/searchcursor.js",
        "addon/search/search.js",
    };

    private static final String[] CODEMIRROR_SHEETS = {
        "lib/codemirror.css", "addon/fold/foldgutter.css", "addon/hint/show-hint.css", "addon/dialog/dialog.css",
    };

    /** The one style sheet that the files of css/ become, in the order of their names. */
    private static final String SHEET = "page.css";

    /** What a module imports before it runs; what it imports later it names in parentheses. */
    private static final Pattern IMPORT = Pattern.compile("(?m)^(?:import|export)\\s[^;'\"(]*['\"](\\.[^'\"]+)['\"]");

    /** By name, compressed. */
    private final Map<String, byte[]> files;

    /** What the page needs before it shows something: else a browser learns of each module from the one before. */
    private final Set<String> firstModules = new LinkedHashSet<>();

    private final String version;

    private static final class Loaded {
        private static final PageFiles FILES = new PageFiles();
    }

    private PageFiles() {
        Map<String, byte[]> all = new TreeMap<>();
        try {
            readAll(all);
            addModules(all, "app.js");
            addModules(all, "panels/live.js");
            joinSheets(all);
            all.put("lib/uPlot.min.js", uPlot("uPlot.iife.min.js"));
            all.put("lib/uPlot.min.css", uPlot("uPlot.min.css"));
            all.put("lib/codemirror.min.js", codeMirror(CODEMIRROR));
            all.put("lib/codemirror.min.css", codeMirror(CODEMIRROR_SHEETS));
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

    private void addModules(Map<String, byte[]> all, String module) {
        if (firstModules.add(module)) {
            Matcher imported = IMPORT.matcher(new String(all.get(module), StandardCharsets.UTF_8));
            while (imported.find()) {
                addModules(all, URI.create(module).resolve(imported.group(1)).toString());
            }
        }
    }

    private static void joinSheets(Map<String, byte[]> all) {
        ByteArrayOutputStream sheet = new ByteArrayOutputStream();
        all.entrySet().removeIf(file -> {
            boolean isPart = file.getKey().startsWith("css/");
            if (isPart) {
                sheet.writeBytes(file.getValue());
            }
            return isPart;
        });
        all.put(SHEET, sheet.toByteArray());
    }

    private static byte[] uPlot(String file) throws IOException {
        Properties properties = new Properties();
        properties.load(new ByteArrayInputStream(resource("/META-INF/maven/org.webjars.npm/uplot/pom.properties")));
        return resource("/META-INF/resources/webjars/uplot/" + properties.getProperty("version") + "/dist/" + file);
    }

    /** One file of several, with the licence, which the minified ones no longer name, at its head. */
    private static byte[] codeMirror(String[] files) throws IOException {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.writeBytes("/*! CodeMirror, https://codemirror.net/5\n".getBytes(StandardCharsets.UTF_8));
        joined.writeBytes(resource("/hopyard/codemirror/LICENSE"));
        joined.writeBytes("*/\n".getBytes(StandardCharsets.UTF_8));
        for (String file : files) {
            joined.writeBytes(resource("/hopyard/codemirror/" + file));
            joined.write('\n');
        }
        return joined.toByteArray();
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
    public static String root() {
        return "page/" + Loaded.FILES.version + "/";
    }

    /** A file of this version, compressed with gzip; {@code null} if there is none of that name. */
    public static byte[] compressed(String name) {
        return Loaded.FILES.files.get(name);
    }

    /** A link to the page's style sheet. */
    public static String sheet(String root) {
        return "<link rel=\"stylesheet\" href=\"" + root + SHEET + "\">\n";
    }

    /** Links to the modules that the page needs at first. */
    public static String modules(String root) {
        return Loaded.FILES.firstModules.stream()
                .map(name -> "<link rel=\"modulepreload\" href=\"" + root + name + "\">\n")
                .collect(Collectors.joining());
    }

    /** Has the page that it is loaded by become the instrument; until its content goes, the style sheet has no say. */
    public static String boot() {
        String modules =
                Loaded.FILES.firstModules.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        return """
                const root = new URL('./%1$s/', import.meta.url);
                const link = (name, attributes) => Object.assign(document.createElement('link'), { href: new URL(name, root), ...attributes });
                document.head.append(link('%2$s', { rel: 'preload', as: 'style' }), link('%2$s', { rel: 'stylesheet', media: 'not all' }),
                    ...[%3$s].map((name) => link(name, { rel: 'modulepreload' })));
                await import(new URL('app.js', root));
                """.formatted(Loaded.FILES.version, SHEET, modules);
    }
}
