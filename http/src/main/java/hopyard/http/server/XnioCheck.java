package hopyard.http.server;

import java.lang.reflect.Field;
import org.xnio.XnioWorker;

/**
 * Checks that the classes in {@code org.xnio.nio} of this module are the ones that run, with the version of XNIO that
 * they were made for. They are found only because of the order of the class path, and they use what is not public in
 * XNIO, which another version may change.
 */
public final class XnioCheck {

    /** The one of these classes that XNIO has, too. */
    private static final String IN_PLACE = "org.xnio.nio.NioHandle";

    /** A class of ours is not the one that runs, or may not fit the library. */
    public static final class Mismatch extends RuntimeException {

        private static final long serialVersionUID = 1;

        Mismatch(String message) {
            super(message);
        }
    }

    private XnioCheck() {}

    /**
     * Checks the classes and the version. Must be called at the start.
     *
     * @throws Mismatch if another class or another version runs; the message says what to do
     */
    public static void run() {
        String madeFor = madeFor();
        String version = XnioWorker.class.getPackage().getImplementationVersion();
        if (!madeFor.equals(version)) {
            throw new Mismatch(
                    "xnio-api is of version " + version + ", and Hopyard's classes in org.xnio.nio were made for "
                            + madeFor + ": use that one, or compare the classes with the new ones and change "
                            + IN_PLACE);
        }
    }

    /**
     * Returns what our class says of itself. The place that it was loaded from tells nothing: with an AOT cache a JVM
     * does not know it in every working directory.
     */
    private static String madeFor() {
        try {
            Field field = load(IN_PLACE).getDeclaredField("MADE_FOR");
            field.setAccessible(true);
            return (String) field.get(null);
        } catch (NoSuchFieldException e) {
            throw new Mismatch(IN_PLACE + " is XNIO's own: put hopyard-http before xnio-nio on the class path");
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, XnioCheck.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
