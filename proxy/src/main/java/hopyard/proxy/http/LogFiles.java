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

    /**
     * @throws ConfException if the file cannot be opened
     */
    public LogFile open(String path) throws ConfException {
        LogFile file = files.get(path);
        if (file == null) {
            file = shared(path);
            files.put(path, file);
        }
        return file;
    }

    private LogFile shared(String path) throws ConfException {
        synchronized (OPEN) {
            WeakReference<LogFile> known = OPEN.get(path);
            LogFile file = known == null ? null : known.get();
            if (file != null) {
                taken.add(file);
                return file;
            }
            try {
                file = new LogFile(path);
            } catch (IOException e) {
                throw ConfException.anywhere(SystemErrors.open(path, e));
            }
            OPEN.put(path, new WeakReference<>(file));
            return file;
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
        files.values().removeAll(taken);
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
