package hopyard.http;

import io.undertow.server.HttpServerExchange;
import java.net.URL;
import java.security.CodeSource;
import java.util.List;
import org.xnio.XnioWorker;

/**
 * The classes of ours that stand in for Undertow's and XNIO's under their names. They are found by the order of the class path,
 * and use what is not public in one version of the library: both are looked at once, at the start.
 */
public final class StandIns {

    private static final String UNDERTOW = "2.4.4.Final";
    private static final String XNIO = "3.8.16.Final";

    private static final List<String> NAMES = List.of(
            "io.undertow.conduits.ChunkReader",
            "io.undertow.server.protocol.http.HttpReadListener",
            "io.undertow.server.protocol.http.HttpResponseConduit",
            "org.xnio.nio.NioHandle");

    /** A class of ours is not the one that runs, or may not fit the library. */
    public static final class Mismatch extends RuntimeException {

        private static final long serialVersionUID = 1;

        Mismatch(String message) {
            super(message);
        }
    }

    private StandIns() {}

    /**
     * Looks whether they are the ones that run, with the libraries that they were made for.
     *
     * @throws Mismatch if not; the message says what to do
     */
    public static void check() {
        checkVersion("undertow-core", HttpServerExchange.class, UNDERTOW);
        checkVersion("xnio-api", XnioWorker.class, XNIO);
        URL ours = source(StandIns.class);
        for (String name : NAMES) {
            URL its = source(load(name));
            if (!ours.equals(its)) {
                throw new Mismatch(name + " comes from " + its + " and not from " + ours
                        + ": put hopyard-http before undertow-core and xnio-nio on the class path");
            }
        }
    }

    private static void checkVersion(String library, Class<?> of, String wanted) {
        String version = of.getPackage().getImplementationVersion();
        if (!wanted.equals(version)) {
            throw new IllegalStateException(
                    library + " is of version " + version + ", and Hopyard's classes in its place were made for "
                            + wanted + ": use that one, or compare the classes with the new ones and change "
                            + StandIns.class.getName());
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, StandIns.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static URL source(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null ? null : source.getLocation();
    }
}
