package hopyard.proxy.modules;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.ErrorLog.Level;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What WebDAV does to files. It may take long, so it runs off the I/O threads: it returns the status for the client and
 * gathers the lines for the error log.
 */
final class DavFiles {

    static final int CREATED = 201;
    static final int NO_CONTENT = 204;

    /** The value of the field {@code Depth}: how much of a directory a method is for. */
    enum Depth {
        NONE,
        ZERO,
        ONE,
        INFINITY,
        INVALID
    }

    /** One line for the error log. */
    record Line(ErrorLog.Level level, String text) {}

    private final List<Line> log = new ArrayList<>();
    private final Set<PosixFilePermission> access;

    /** @param access who may read and write what is made */
    DavFiles(Set<PosixFilePermission> access) {
        this.access = access;
    }

    List<Line> log() {
        return log;
    }

    int refuse(int status, String message) {
        log.add(new Line(Level.ERROR, message));
        return status;
    }

    /**
     * Says what has failed.
     *
     * @param call the system call, in nginx's notation
     * @param absent the status if there is no such file
     */
    int failed(IOException e, String call, String name, int absent) {
        String error = SystemErrors.text(e);
        int number = error.matches("[0-9]+: .*") ? Integer.parseInt(error.substring(0, error.indexOf(':'))) : 0;
        int status = switch (number) {
            case 2, 20, 36 -> absent;
            case 1, 13 -> 403;
            case 17 -> 405;
            case 28 -> 507;
            default -> 500;
        };
        log.add(new Line(
                status == 507 || status == 500 && number != 20 ? Level.CRIT : Level.ERROR,
                call + " \"" + name + "\" failed (" + error + ")"));
        return status;
    }

    /** Looks at a file itself, not at what a link leads to; a name with a slash at its end must be a directory. */
    static BasicFileAttributes look(Path path, boolean hasSlash) throws IOException {
        BasicFileAttributes its = hasSlash
                ? Files.readAttributes(path, BasicFileAttributes.class)
                : Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (hasSlash && !its.isDirectory()) {
            throw new NotDirectoryException(path.toString());
        }
        return its;
    }

    // ---- the methods

    /**
     * Puts a file in its place.
     *
     * @param dated the file's date; {@code null} for now
     */
    int put(Path uploaded, Path target, FileTime dated, boolean createsPath) {
        int status = CREATED;
        if (Files.exists(target)) {
            status = NO_CONTENT;
            if (Files.isDirectory(target)) {
                return refuse(409, "\"" + Paths.toBytes(target) + "\" could not be created (21: Is a directory)");
            }
        }
        try {
            Files.setPosixFilePermissions(uploaded, access);
            if (dated != null) {
                Files.setLastModifiedTime(uploaded, dated);
            }
        } catch (IOException e) {
            return failed(e, "chmod()", Paths.toBytes(uploaded), 500);
        }
        return move(uploaded, target, createsPath) ? status : 500;
    }

    /** Deletes an uploaded file, if it is not in its place. */
    void forget(Path uploaded) {
        try {
            Files.deleteIfExists(uploaded);
        } catch (IOException e) {
            failed(e, "unlink()", Paths.toBytes(uploaded), 500);
        }
    }

    int makeCollection(Path path, String name) {
        try {
            makeDirectory(path);
            return CREATED;
        } catch (IOException e) {
            return failed(e, "mkdir()", name, 409);
        }
    }

    /**
     * Deletes a file, or a directory with all that is in it.
     *
     * @param name the name as the log shows it, with a slash at its end if the URI has one
     * @param depth the value of {@code Depth}
     */
    int delete(Path path, String name, Depth depth) {
        boolean hasSlash = name.endsWith("/");
        BasicFileAttributes its;
        try {
            its = look(path, hasSlash);
        } catch (IOException e) {
            return failed(e, "lstat()", name, e instanceof NotDirectoryException ? 409 : 404);
        }
        if (its.isDirectory()) {
            if (!hasSlash) {
                return refuse(409, "DELETE \"" + name + "\" failed (21: Is a directory)");
            }
            if (depth != Depth.INFINITY && depth != Depth.NONE) {
                return refuse(400, "\"Depth\" header must be infinity");
            }
        } else if (depth == Depth.ONE || depth == Depth.INVALID) {
            return refuse(400, "\"Depth\" header must be 0 or infinity");
        }
        return remove(path, its.isDirectory());
    }

    /** Removes what is there. Returns 204, or the status of a failure. */
    int remove(Path path, boolean isDirectory) {
        try {
            if (isDirectory) {
                removeContent(path);
            }
            Files.delete(path);
            return NO_CONTENT;
        } catch (IOException e) {
            return failed(e, isDirectory ? "rmdir()" : "unlink()", Paths.toBytes(path), 404);
        }
    }

    /** Removes as much as can be removed of what is in a directory. */
    private void removeContent(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes its) {
                return tryToRemove(file, "unlink()");
            }

            @Override
            public FileVisitResult postVisitDirectory(Path inner, IOException e) {
                return inner.equals(directory) ? FileVisitResult.CONTINUE : tryToRemove(inner, "rmdir()");
            }

            private FileVisitResult tryToRemove(Path file, String call) {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    failed(e, call, Paths.toBytes(file), 404);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    // ---- single files

    /** Copies a file into one that may be there already, which keeps its permissions then. */
    boolean copyFile(Path from, Path to) {
        try (FileChannel in = FileChannel.open(from)) {
            boolean isNew = !Files.exists(to);
            Set<StandardOpenOption> how = EnumSet.of(
                    StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            try (FileChannel out = FileChannel.open(to, how)) {
                long size = in.size();
                for (long done = 0; done < size; ) {
                    long more = in.transferTo(done, size - done, out);
                    done = more <= 0 ? size : done + more;
                }
            }
            if (isNew) {
                Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
            }
            Files.setLastModifiedTime(to, Files.getLastModifiedTime(from));
            return true;
        } catch (IOException e) {
            log.add(new Line(Level.CRIT, SystemErrors.open(Paths.toBytes(to), e)));
            return false;
        }
    }

    /** Renames a file, whatever was under the new name; copies it if that is on another file system. */
    boolean move(Path from, Path to, boolean createsPath) {
        try {
            try {
                rename(from, to);
            } catch (NoSuchFileException e) {
                if (!createsPath) {
                    throw e;
                }
                makePath(to.getParent());
                rename(from, to);
            }
            return true;
        } catch (IOException e) {
            log.add(new Line(
                    Level.CRIT,
                    "rename() \"" + Paths.toBytes(from) + "\" to \"" + Paths.toBytes(to) + "\" failed ("
                            + SystemErrors.text(e) + ")"));
            return false;
        }
    }

    /** From another file system, it goes by way of a copy beside the new name, so that nobody ever sees half of it. */
    private static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Path copy = to.resolveSibling(to.getFileName() + "." + UUID.randomUUID());
            try {
                Files.copy(from, copy, StandardCopyOption.COPY_ATTRIBUTES);
                Files.move(copy, to, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(copy);
            }
            Files.delete(from);
        }
    }

    private void makePath(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            makePath(directory.getParent());
            makeDirectory(directory);
        }
    }

    /** Makes a directory that whoever may read files may also enter. */
    private void makeDirectory(Path directory) throws IOException {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(access);
        ENTERS.forEach((read, enter) -> {
            if (access.contains(read)) {
                permissions.add(enter);
            }
        });
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, permissions);
    }

    private static final Map<PosixFilePermission, PosixFilePermission> ENTERS = Map.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
}
