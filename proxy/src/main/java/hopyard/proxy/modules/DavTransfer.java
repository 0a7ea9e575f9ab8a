package hopyard.proxy.modules;

import hopyard.proxy.conf.Paths;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What WebDAV's COPY and MOVE are asked for.
 *
 * @param from what is copied or moved, and after it its URI
 * @param to where it goes, and after it the field {@code Destination}
 * @param isCollection whether both URIs end with a slash
 * @param overwrites whether what is there already is replaced
 */
record DavTransfer(
        boolean moves, Path from, String uri, Path to, String destination, boolean isCollection, boolean overwrites) {

    /** Does it, and returns the status for the client. */
    int run(DavFiles files) {
        if (from.equals(to)) {
            return files.refuse(
                    403,
                    "both URI \"" + uri + "\" and \"Destination\" URI \"" + destination
                            + "\" point to the same location");
        }
        if (isCollection && (to.startsWith(from) || from.startsWith(to))) {
            return files.refuse(403, notTo());
        }
        BasicFileAttributes there = null;
        try {
            there = DavFiles.look(to, false);
            if (there.isDirectory() && !isCollection) {
                return files.refuse(409, notTo());
            }
            if (!overwrites) {
                return files.refuse(412, "\"" + Paths.toBytes(to) + "\" could not be created (17: File exists)");
            }
        } catch (NoSuchFileException e) {
            // nothing stands in the way
        } catch (IOException e) {
            return files.failed(e, "lstat()", to.toString(), 404);
        }
        try {
            BasicFileAttributes its = DavFiles.look(from, isCollection);
            if (!its.isDirectory()) {
                boolean isDone = moves ? files.move(from, to, true) : files.copyFile(from, to);
                return isDone ? DavFiles.NO_CONTENT : 500;
            }
            if (!isCollection) {
                return files.refuse(400, "\"" + uri + "\" is collection");
            }
        } catch (IOException e) {
            return files.failed(e, "lstat()", from + (isCollection ? "/" : ""), 404);
        }
        int removed = there == null ? DavFiles.NO_CONTENT : files.remove(to, there.isDirectory());
        return removed == DavFiles.NO_CONTENT ? transferDirectory(files) : removed;
    }

    private String notTo() {
        return "\"" + uri + "\" could not be " + (moves ? "MOVE" : "COPY") + "ed to collection \"" + destination + "\"";
    }

    private int transferDirectory(DavFiles files) {
        if (moves) {
            try {
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                return DavFiles.CREATED;
            } catch (IOException e) {
                // it is copied, as from another file system
            }
        }
        try {
            Files.createDirectory(to);
            Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
        } catch (IOException e) {
            return files.failed(e, "mkdir()", to.toString(), 404);
        }
        try {
            Files.walkFileTree(from, new Copier(files, from, to));
        } catch (IOException e) {
            return files.failed(e, "opendir()", from.toString(), 500);
        }
        return moves && files.remove(from, true) != DavFiles.NO_CONTENT ? 500 : DavFiles.CREATED;
    }

    /** Copies what is in a directory. What cannot be copied is left out, and logged. */
    private static final class Copier extends SimpleFileVisitor<Path> {
        private final DavFiles files;
        private final Path from;
        private final Path to;

        Copier(DavFiles files, Path from, Path to) {
            this.files = files;
            this.from = from;
            this.to = to;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes its) {
            Path copy = to.resolve(from.relativize(directory));
            if (!directory.equals(from)) {
                try {
                    Files.createDirectory(copy);
                } catch (IOException e) {
                    files.failed(e, "mkdir()", copy.toString(), 404);
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes its) {
            if (its.isRegularFile()) {
                files.copyFile(file, to.resolve(from.relativize(file)));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
            Files.setLastModifiedTime(to.resolve(from.relativize(directory)), Files.getLastModifiedTime(directory));
            return FileVisitResult.CONTINUE;
        }
    }
}
