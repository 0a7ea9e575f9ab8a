package hopyard.proxy;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file that tells where signals go; a file that this process has not written is none. */
final class PidFile {

    private final Path path;

    private PidFile(Path path) {
        this.path = path;
    }

    /**
     * Writes it.
     *
     * @param daemon whether this process has gone to the background
     * @throws ConfException if it cannot be written
     */
    static PidFile write(Path path, boolean daemon) throws ConfException {
        // the launcher, which signals are sent to, tells its own id; one that stays in the foreground is the one that
        // was started
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
     * Whether it could be written; nothing stays behind.
     *
     * @throws ConfException if it could not
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

    /** Opening a named pipe would wait for a reader. */
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
