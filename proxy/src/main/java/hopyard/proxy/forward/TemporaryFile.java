package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Content that does not stay in memory. The file has no name any more once it is open, so no file can remain. All
 * temporary files together take no more than {@code hop_temp_files} says.
 */
final class TemporaryFile {

    private static final Path DIRECTORY = Path.of(System.getProperty("java.io.tmpdir"));

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

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
    private long length;

    private TemporaryFile(FileChannel channel, Path path, long limit) {
        this.channel = channel;
        this.path = path;
        this.limit = limit;
    }

    /**
     * Makes a temporary file.
     *
     * @param kind a word for its name
     * @throws IOException if it cannot be made
     */
    static TemporaryFile open(Exchange exchange, String kind) throws IOException {
        Path path = DIRECTORY.resolve("hopyard-" + kind + "-" + UUID.randomUUID());
        FileChannel channel = FileChannel.open(
                path,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE),
                OWNER_ONLY);
        return new TemporaryFile(channel, path, exchange.core().temporaryFiles());
    }

    /**
     * Says in the error log, as nginx does, that there is a temporary file.
     *
     * @param what whose content it is for: the subject of a sentence and "is"
     */
    void log(Exchange exchange, String what) {
        exchange.log(ErrorLog.Level.WARN, what + " buffered to a temporary file " + path);
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
    }
}
