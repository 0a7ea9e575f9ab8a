package hopyard.proxy.forward;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.exchange.BodyInFile;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.TempPath;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Content that does not stay in memory. Unless it is to be seen by its name ({@code client_body_in_file_only}), the
 * file has no name any more once it is open, so no file can remain. All temporary files together take no more than
 * {@code hop_temp_files} says.
 */
final class TemporaryFile {

    private static final Path DIRECTORY = Path.of(System.getProperty("java.io.tmpdir"));

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY_OF_OWNER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Set<OpenOption> NAMED =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);

    private static final Set<OpenOption> NAMELESS = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);

    /** The length of all temporary files together, in bytes. */
    private static final AtomicLong USED = new AtomicLong();

    /** Temporary files would take more than they may. */
    static final class Full extends IOException {
        private Full(long limit) {
            super("all of hop_temp_files, " + limit + " bytes, is in use");
        }
    }

    private final FileChannel channel;
    private final Path path;
    private final long limit;
    private final BodyInFile keeping;
    private long length;
    private boolean isTaken;

    private TemporaryFile(Exchange exchange, TempPath where, String kind, BodyInFile keeping) throws IOException {
        this.keeping = keeping;
        Set<OpenOption> options = keeping == BodyInFile.OFF ? NAMELESS : NAMED;
        Path name = where == null ? DIRECTORY.resolve("hopyard-" + kind + "-" + UUID.randomUUID()) : where.next();
        FileChannel opened = null;
        while (opened == null) {
            try {
                opened = FileChannel.open(name, options, OWNER_ONLY);
            } catch (FileAlreadyExistsException e) {
                // of another run, or of another process with the same directory
                name = where == null ? name : where.next();
            } catch (NoSuchFileException e) {
                Files.createDirectories(name.getParent(), DIRECTORY_OF_OWNER);
            }
        }
        path = name;
        channel = opened;
        limit = exchange.core().temporaryFiles();
    }

    /**
     * Makes a temporary file for an upstream's response.
     *
     * @param where {@code null} for where the system has temporary files
     * @throws IOException if it cannot be made
     */
    static TemporaryFile ofResponse(Exchange exchange, TempPath where) throws IOException {
        return new TemporaryFile(exchange, where, "response", BodyInFile.OFF);
    }

    /**
     * Makes a temporary file for a request's content, and says so in the error log, as nginx does.
     *
     * @throws IOException if it cannot be made
     */
    static TemporaryFile ofRequest(Exchange exchange) throws IOException {
        CoreSettings core = exchange.core();
        TemporaryFile file = new TemporaryFile(exchange, core.bodyPath(), "body", core.bodyInFile());
        file.log(
                exchange,
                core.bodyInFile() == BodyInFile.OFF ? ErrorLog.Level.WARN : ErrorLog.Level.NOTICE,
                "a client request body is");
        return file;
    }

    /**
     * Makes a temporary file for a request's content that is to become a file of somebody else's.
     *
     * @throws IOException if it cannot be made
     */
    static TemporaryFile ofUpload(Exchange exchange) throws IOException {
        return new TemporaryFile(exchange, exchange.core().bodyPath(), "body", BodyInFile.CLEAN);
    }

    /** Gives the file away, which is not deleted any more. */
    Path take() {
        isTaken = true;
        return path;
    }

    /**
     * Says in the error log, as nginx does, that there is a temporary file.
     *
     * @param what whose content it is for: the subject of a sentence and "is"
     */
    void log(Exchange exchange, ErrorLog.Level level, String what) {
        exchange.log(level, what + " buffered to a temporary file " + Paths.toBytes(path));
    }

    /** Returns the name, which the file may not have any more. */
    Path path() {
        return path;
    }

    /** How long it is, in bytes. */
    long length() {
        return length;
    }

    /** Returns the channel that its content is read from. */
    FileChannel channel() {
        return channel;
    }

    /**
     * Adds all that the buffer holds at the end. If that fails halfway, a part may have been added.
     *
     * @throws Full if all files together would be too long; nothing has been added then
     * @throws IOException if writing fails
     */
    void add(ByteBuffer content) throws IOException {
        int more = content.remaining();
        if (USED.addAndGet(more) > limit) {
            USED.addAndGet(-more);
            throw new Full(limit);
        }
        try {
            while (content.hasRemaining()) {
                length += channel.write(content, length);
            }
        } finally {
            USED.addAndGet(-content.remaining());
        }
    }

    /** Forgets the content. */
    void clear() throws IOException {
        channel.truncate(0);
        free();
    }

    private void free() {
        USED.addAndGet(-length);
        length = 0;
    }

    void close() throws IOException {
        free();
        channel.close();
        if (keeping == BodyInFile.CLEAN && !isTaken) {
            Files.delete(path);
        }
    }
}
