package hopyard.threads;

import java.io.File;

/**
 * Tells whether the program has been built anew under a process that runs it. A JVM loads classes when it first needs
 * them, and finds none any more in a jar that has been written over.
 */
final class ReplacedJar {

    /** When the process was started, in ms since 1970. */
    private static volatile long started = Long.MAX_VALUE;

    private ReplacedJar() {}

    /** Notes when the process was started. */
    static void begin() {
        started = System.currentTimeMillis();
    }

    /** Returns a jar of this program that is younger than the process, or has gone; {@code null} if there is none. */
    static File find() {
        File main = new File(System.getProperty("java.class.path").split(File.pathSeparator)[0]).getAbsoluteFile();
        File[] beside = new File(main.getParentFile(), "lib").listFiles();
        if (isOther(main)) {
            return main;
        }
        for (File each : beside == null ? new File[0] : beside) {
            if (isOther(each)) {
                return each;
            }
        }
        return null;
    }

    private static boolean isOther(File jar) {
        return !jar.exists() || jar.lastModified() > started;
    }
}
