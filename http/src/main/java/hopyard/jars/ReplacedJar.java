package hopyard.jars;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells whether the program has been built anew under a process that runs it. A JVM loads classes when it first needs
 * them, and finds none any more in a jar that has been written over.
 */
public final class ReplacedJar {

    /** When the process was started, in ms since 1970. */
    private static volatile long started = Long.MAX_VALUE;

    /** Jars that are on no class path. They are told of: what finds them may be in a jar that has gone. */
    private static final List<File> LATE = new CopyOnWriteArrayList<>();

    private ReplacedJar() {}

    /** Notes when the process was started. */
    public static void begin() {
        started = System.currentTimeMillis();
    }

    /** Has more jars looked at. */
    static void watch(List<File> jars) {
        LATE.addAll(jars);
    }

    /** Returns the program's own jar. */
    static File program() {
        return new File(System.getProperty("java.class.path").split(File.pathSeparator)[0]).getAbsoluteFile();
    }

    /** Returns a jar of this program that is younger than the process, or has gone; {@code null} if there is none. */
    public static File find() {
        File[] beside = new File(program().getParentFile(), "lib").listFiles();
        List<File> jars = new ArrayList<>(Arrays.asList(beside == null ? new File[0] : beside));
        jars.add(0, program());
        jars.addAll(LATE);
        for (File each : jars) {
            if (!each.exists() || each.lastModified() > started) {
                return each;
            }
        }
        return null;
    }
}
