package hopyard.otel;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Finds what speaks OTLP: in the directory {@code otlp} beside this jar, or where this Maven build has made it. The
 * jars are on no class path, so that a server without an exporter opens none of them.
 */
final class SenderJars {

    private static final String JAR = "hopyard-otlp.jar";

    /** The one of the process, as soon as there is one. */
    private static SpanSender.Provider provider;

    private SenderJars() {}

    /**
     * Returns the provider. It is loaded once, and stays: each reload would load the library again, and more memory
     * would be taken until the one before is collected.
     *
     * @throws IOException if it is not there
     */
    static synchronized SpanSender.Provider provider() throws IOException {
        if (provider == null) {
            provider = load();
        }
        return provider;
    }

    private static SpanSender.Provider load() throws IOException {
        ClassLoader loader = new URLClassLoader("otlp", jars().toArray(URL[]::new), SenderJars.class.getClassLoader());
        return ServiceLoader.load(SpanSender.Provider.class, loader)
                .findFirst()
                .orElseThrow(() -> new IOException(JAR + " is not in the directory otlp beside hopyard-otel.jar,"
                        + " nor has this Maven build made it"));
    }

    /** Returns the jar and the libraries beside it; none if they are not there. */
    private static List<URL> jars() throws IOException {
        Path here;
        try {
            here = Path.of(SenderJars.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .getParent();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        List<URL> jars = new ArrayList<>();
        // in the build, this jar is in the lib directory of a server
        for (Path directory : List.of(here.resolve("otlp"), here.resolve("../../../otlp/target"))) {
            if (Files.exists(directory.resolve(JAR))) {
                jars.add(url(directory.resolve(JAR)));
                try (DirectoryStream<Path> libraries = Files.newDirectoryStream(directory.resolve("lib"), "*.jar")) {
                    for (Path library : libraries) {
                        jars.add(url(library));
                    }
                }
                break;
            }
        }
        return jars;
    }

    private static URL url(Path file) throws MalformedURLException {
        return file.toUri().toURL();
    }
}
