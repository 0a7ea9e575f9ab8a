package hopyard.jars;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * Loads modules of which a program opens no file until it needs them. A module's jar is in a directory of the module's
 * name beside the program's, or where this Maven build has made it, and its libraries are in {@code lib} there. They
 * are on no class path.
 */
public final class LateJars {

    /** What was loaded, by its interface. */
    private static final Map<Class<?>, Object> LOADED = new HashMap<>();

    private LateJars() {}

    /**
     * Returns what a module has for an interface, as {@link ServiceLoader} finds it. It is loaded once, and stays: to
     * load it again would take more memory until the one before is collected.
     *
     * @param module the {@code NAME} of {@code hopyard-NAME.jar}
     * @throws IOException if the jar is not there, or does not have it
     */
    public static synchronized <T> T load(String module, Class<T> type) throws IOException {
        Object loaded = LOADED.get(type);
        if (loaded == null) {
            loaded = open(module, type);
            LOADED.put(type, loaded);
        }
        return type.cast(loaded);
    }

    private static Object open(String module, Class<?> type) throws IOException {
        List<File> jars = jars(module);
        ReplacedJar.watch(jars);
        List<URL> urls = new ArrayList<>();
        for (File each : jars) {
            urls.add(each.toURI().toURL());
        }
        ClassLoader loader = new URLClassLoader(module, urls.toArray(URL[]::new), type.getClassLoader());
        try {
            return ServiceLoader.load(type, loader)
                    .findFirst()
                    .orElseThrow(() -> new IOException("hopyard-" + module + ".jar is not in the directory " + module
                            + " beside " + ReplacedJar.program().getName() + ", nor has this Maven build made it"));
        } catch (ServiceConfigurationError e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Returns a module's jar and the libraries beside it; none if they are not there. */
    private static List<File> jars(String module) {
        List<File> jars = new ArrayList<>();
        for (String directory : List.of(module, "../../" + module + "/target")) {
            File home = new File(ReplacedJar.program().getParentFile(), directory);
            File jar = new File(home, "hopyard-" + module + ".jar");
            if (jar.exists()) {
                jars.add(jar);
                File[] libraries = new File(home, "lib").listFiles((lib, name) -> name.endsWith(".jar"));
                jars.addAll(Arrays.asList(libraries == null ? new File[0] : libraries));
                break;
            }
        }
        return jars;
    }
}
