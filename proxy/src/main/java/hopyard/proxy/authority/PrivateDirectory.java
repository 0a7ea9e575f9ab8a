package hopyard.proxy.authority;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/** A directory whose files nobody else can read or write. */
final class PrivateDirectory {

    /** The largest file, in bytes. */
    private static final long MAX_BYTES = 64 << 10;

    private static final int OTHERS = 077;

    private final Path directory;

    PrivateDirectory(Path directory) {
        this.directory = directory;
    }

    /** Something that is done while no other process does such a thing. */
    interface Task<T, E extends Exception> {
        T run() throws IOException, E;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /**
     * Checks that the directory is ours alone, if it is there.
     *
     * @throws FileSystemException if it is not; the reason says what to do about the file
     */
    void check() throws IOException {
        Path real = directory;
        if (Files.exists(directory)) {
            real = directory.toRealPath();
            if (!Files.isDirectory(real)) {
                throw new FileSystemException(directory.toString(), null, "is not a directory");
            }
            check(real, "700");
        }
    }

    private static void check(Path path, String mode) throws IOException {
        Map<String, Object> its = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        long owner = Integer.toUnsignedLong((Integer) its.get("uid"));
        long own = new UnixSystem().getUid();
        int bits = (Integer) its.get("mode");
        if (owner != own) {
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "belongs to user " + owner + ", and this is user " + own
                            + ": chown it, or name another directory (\"hop_authority\")");
        }
        if ((bits & OTHERS) != 0) {
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "is open to other users (mode " + Integer.toOctalString(bits & 0777) + "): chmod " + mode
                            + " it, or remove it");
        }
    }

    /**
     * Returns a private file's text; {@code null} if there is none.
     *
     * @throws FileSystemException if others can read or write it; the reason says what to do about the file
     */
    String read(String name) throws IOException {
        Path file = file(name);
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
                    return null;
                }
                throw new FileSystemException(file.toString(), null, "is not a regular file");
            }
            check(file, "600");
            if (Files.size(file) > MAX_BYTES) {
                throw new FileSystemException(file.toString(), null, "is too large");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Writes a file that is there as a whole or not at all, whoever reads it meanwhile. */
    void write(String name, String text, String permissions) throws IOException {
        Path next = file(name + ".new");
        Files.deleteIfExists(next);
        try (FileChannel out = FileChannel.open(
                next,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)))) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(next, file(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Makes the directory if it is not there, and does something while no other process does such a thing in it. In
     * this process one thread at a time may call it.
     */
    <T, E extends Exception> T alone(Task<T, E> task) throws IOException, E {
        if (directory.getParent() != null) {
            Files.createDirectories(directory.getParent());
        }
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            // it is checked, as one that was there before
        }
        check();
        try (FileChannel channel = FileChannel.open(
                file("lock"),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            // held until the channel is closed
            channel.lock();
            return task.run();
        }
    }
}
