package hopyard.proxy.conf;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;

/** Turns Java's exceptions back into what the operating system said, as nginx prints it: {@code 2: No such file …}. */
public final class SystemErrors {

    private record Errno(int number, String text) {}

    /** Linux's numbers for common errors of files and sockets. Java's message contains the same text. */
    private static final List<Errno> KNOWN = List.of(
            new Errno(1, "Operation not permitted"),
            new Errno(2, "No such file or directory"),
            new Errno(11, "Resource temporarily unavailable"),
            new Errno(13, "Permission denied"),
            new Errno(17, "File exists"),
            new Errno(18, "Invalid cross-device link"),
            new Errno(20, "Not a directory"),
            new Errno(21, "Is a directory"),
            new Errno(22, "Invalid argument"),
            new Errno(24, "Too many open files"),
            new Errno(27, "File too large"),
            new Errno(28, "No space left on device"),
            new Errno(30, "Read-only file system"),
            new Errno(32, "Broken pipe"),
            new Errno(36, "File name too long"),
            new Errno(39, "Directory not empty"),
            new Errno(40, "Too many levels of symbolic links"),
            new Errno(97, "Address family not supported by protocol"),
            new Errno(98, "Address already in use"),
            new Errno(99, "Cannot assign requested address"),
            new Errno(101, "Network is unreachable"),
            new Errno(104, "Connection reset by peer"),
            new Errno(110, "Connection timed out"),
            new Errno(111, "Connection refused"),
            new Errno(113, "No route to host"));

    private SystemErrors() {}

    /** {@code open() "file" failed (2: No such file or directory)}. */
    public static String open(String file, IOException e) {
        return "open() \"" + file + "\" failed (" + text(e) + ")";
    }

    /**
     * Returns the error as {@code 111: Connection refused}, or Java's own message if the system's error cannot be told
     * from it.
     */
    public static String text(IOException e) {
        String reason = reason(e);
        for (Errno errno : KNOWN) {
            if (reason.contains(errno.text)) {
                return errno.number + ": " + errno.text;
            }
        }
        return reason;
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (e instanceof NotDirectoryException) {
            return "Not a directory";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "File exists";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "Directory not empty";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        String message = e.getMessage();
        // Java says "Connection reset" where the system says "Connection reset by peer"
        return message == null ? e.getClass().getSimpleName() : message.replaceFirst("Connection reset$", "$0 by peer");
    }
}
