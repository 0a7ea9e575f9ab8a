package hopyard.proxy;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The pid file, which holds the id of the process that signals are sent to. It exists once {@link #write} has written
 * it.
 */
final class PidFile {

    private final Path path;

    private PidFile(Path path) {
        this.path = path;
    }

    /**
     * Writes the pid file.
     *
     * @param daemon whether this process has gone to the background
     * @throws ConfException if the file cannot be written
     */
    static PidFile write(Path path, boolean daemon) throws ConfException {
        // Signals are sent to the launcher, which tells its process id in a property. In the foreground, this is the
        // process that the user has started.
        String own = System.getProperty(
                "hopyard.master", Long.toString(ProcessHandle.current().pid()));
        String pid = daemon ? own : System.getProperty("hopyard.launcher", own);
        try {
            if (path.getParent() != null) {
                Files.createDirectories(path.getParent());
            }
            onlyRegular(path);
            Files.writeString(path, pid + "\n");
            return new PidFile(path);
        } catch (IOException e) {
            throw ConfException.anywhere(SystemErrors.open(path.toString(), e));
        }
    }

    /**
     * Tests whether the file can be written. A file that was not there before is removed again.
     *
     * @throws ConfException if it cannot be written
     */
    static void test(Path path) throws ConfException {
        try {
            boolean isNew = Files.notExists(path);
            onlyRegular(path);
            Files.newByteChannel(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    .close();
            if (isNew) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw ConfException.anywhere(SystemErrors.open(path.toString(), e));
        }
    }

    /** Throws if the path names a special file: opening a named pipe would wait for a reader. */
    private static void onlyRegular(Path path) throws FileSystemException {
        if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throw new FileSystemException(path.toString(), null, "not a regular file");
        }
    }

    Path path() {
        return path;
    }

    void delete() throws IOException {
        Files.deleteIfExists(path);
    }
}
