package hopyard.proxy.io;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The log files of one configuration. A path that is named twice is opened once. The next configuration uses the same
 * object for the same path. So requests under way write to the current file, also after a rotation.
 */
public final class LogFiles {

    private static final Map<String, WeakReference<LogFile>> OPEN = new HashMap<>();

    private final Map<String, LogFile> files = new LinkedHashMap<>();
    private final Set<LogFile> taken = new HashSet<>();
    private final Set<LogFile> opened = new HashSet<>();

    /** Returns the log of that name. It is not open yet, unless another configuration has opened it. */
    public LogFile file(String path) {
        return files.computeIfAbsent(path, name -> known(name, null));
    }

    /**
     * Returns the log of that name, whose lines are compressed.
     *
     * @return {@code null} if the configuration has this log already, and not compressed like this
     */
    public LogFile file(String path, LogFile.Compression compression) {
        LogFile file = files.computeIfAbsent(path, name -> known(name, compression));
        return Objects.equals(file.compression(), compression) ? file : null;
    }

    private LogFile known(String path, LogFile.Compression compression) {
        synchronized (OPEN) {
            WeakReference<LogFile> reference = OPEN.get(path);
            LogFile file = reference == null ? null : reference.get();
            if (file == null || !Objects.equals(file.compression(), compression)) {
                return new LogFile(path, compression);
            }
            taken.add(file);
            return file;
        }
    }

    /**
     * Opens the files that no other configuration has opened.
     *
     * @throws ConfException if a file cannot be opened; {@link #discard} closes the others
     */
    public void open() throws ConfException {
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

    /** Called when this configuration is put to work. Opens anew the files that the one before has opened. */
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

    /** Called if this configuration will not be used. Closes the files that it has opened. */
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
