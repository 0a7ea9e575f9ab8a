package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The log files of one configuration; a path that is named twice is opened once. A configuration that follows another has
 * the same file for the same path, so that requests under way still write to where the log is, also after a rotation.
 */
public final class LogFiles {

    private static final Map<String, WeakReference<LogFile>> OPEN = new HashMap<>();

    private final Map<String, LogFile> files = new LinkedHashMap<>();
    private final Set<LogFile> taken = new HashSet<>();
    private final Set<LogFile> opened = new HashSet<>();

    /** The log of that name; it is not opened yet, unless another configuration has done so. */
    public LogFile file(String path) {
        return files.computeIfAbsent(path, this::known);
    }

    private LogFile known(String path) {
        synchronized (OPEN) {
            WeakReference<LogFile> reference = OPEN.get(path);
            LogFile file = reference == null ? null : reference.get();
            if (file == null) {
                return new LogFile(path);
            }
            taken.add(file);
            return file;
        }
    }

    /**
     * Opens what no other configuration has opened.
     *
     * @throws ConfException if one cannot be; {@link #discard} closes the others
     */
    void open() throws ConfException {
        for (LogFile file : files.values()) {
            if (taken.contains(file)) {
                continue;
            }
            try {
                file.open();
            } catch (IOException e) {
                throw ConfException.anywhere(SystemErrors.open(file.path(), e));
            }
            opened.add(file);
            synchronized (OPEN) {
                OPEN.put(file.path(), new WeakReference<>(file));
            }
        }
    }

    /** This configuration is at work now: what it has of the one before is opened anew, as all else has just been. */
    public void use(ErrorLog log) {
        taken.forEach(file -> reopen(file, log));
        taken.clear();
    }

    /** Opens every file anew (SIGUSR1). */
    public void reopen(ErrorLog log) {
        files.values().forEach(file -> reopen(file, log));
    }

    private static void reopen(LogFile file, ErrorLog log) {
        try {
            file.reopen();
        } catch (IOException e) {
            log.write(ErrorLog.Level.EMERG, SystemErrors.open(file.path(), e));
        }
    }

    /** This configuration will not be used: closes what no other has. */
    public void discard() {
        files.values().retainAll(opened);
        close();
    }

    /** Writes what is left and closes every file. */
    public void close() {
        for (LogFile file : files.values()) {
            synchronized (OPEN) {
                OPEN.remove(file.path());
            }
            try {
                file.close();
            } catch (IOException e) {
                System.err.println(
                        "nginx: [alert] close() \"" + file.path() + "\" failed (" + SystemErrors.text(e) + ")");
            }
        }
    }
}
