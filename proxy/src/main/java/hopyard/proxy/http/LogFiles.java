package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The log files of one configuration; a path that is named twice is opened once. */
public final class LogFiles {

    private final Map<String, LogFile> files = new LinkedHashMap<>();

    /**
     * @throws ConfException if the file cannot be opened
     */
    public LogFile open(String path) throws ConfException {
        LogFile file = files.get(path);
        if (file == null) {
            try {
                file = new LogFile(path);
            } catch (IOException e) {
                throw ConfException.anywhere(SystemErrors.open(path, e));
            }
            files.put(path, file);
        }
        return file;
    }

    /** Opens every file anew (SIGUSR1). */
    public void reopen(ErrorLog log) {
        for (LogFile file : files.values()) {
            try {
                file.reopen();
            } catch (IOException e) {
                log.write(ErrorLog.Level.EMERG, SystemErrors.open(file.path(), e));
            }
        }
    }

    /** Writes what is left and closes every file. */
    public void close() {
        for (LogFile file : files.values()) {
            try {
                file.close();
            } catch (IOException e) {
                System.err.println(
                        "nginx: [alert] close() \"" + file.path() + "\" failed (" + SystemErrors.text(e) + ")");
            }
        }
    }
}
