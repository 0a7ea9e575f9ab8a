package hopyard.proxy.io;

import hopyard.proxy.conf.SystemErrors;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** A log file. Many threads append lines, and one thread writes them ({@link LogWriter}). */
public final class LogFile implements LogOutput {

    /**
     * How lines are gathered and compressed before they are written.
     *
     * @param level the compression level, 1 to 9
     * @param size how many bytes are gathered
     * @param millis after how many ms they are written at the latest; 0 for when there are enough
     */
    public record Compression(int level, long size, long millis) {}

    /** The bits of a file's mode that tell its type, and below, the type of a named pipe (inode(7)). */
    private static final int S_IFMT = 0170000;

    private static final int S_IFIFO = 0010000;

    private final String path;
    /** {@code null} for none. */
    private final Compression compression;

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private OutputStream out;
    private boolean reportedFailure;
    private boolean flushes;

    /**
     * Makes a log that is not open yet.
     *
     * @param compression {@code null} for none
     */
    LogFile(String path, Compression compression) {
        this.path = path;
        this.compression = compression;
    }

    /**
     * Opens the file for appending; {@code /dev/stdout}, {@code /dev/stderr} and {@code stderr} are this process's own.
     *
     * @throws IOException if it cannot be opened
     */
    synchronized void open() throws IOException {
        out = openStream();
    }

    private OutputStream openStream() throws IOException {
        OutputStream stream = open(path);
        return compression == null ? stream : new GzipMembers(stream, compression.level, compression.size);
    }

    // FileDescriptor.out and .err stay open when a stream on them is not closed: see close()
    private static OutputStream open(String path) throws IOException {
        return switch (path) {
            case "/dev/stdout" -> new FileOutputStream(FileDescriptor.out);
            case "stderr", "/dev/stderr" -> new FileOutputStream(FileDescriptor.err);
            default -> openFile(path);
        };
    }

    /** Opens a file. Opening a named pipe waits for a reader, so this process opens it for reading meanwhile. */
    private static OutputStream openFile(String path) throws IOException {
        Path file = Path.of(path);
        boolean isPipe = Files.exists(file) && ((int) Files.getAttribute(file, "unix:mode") & S_IFMT) == S_IFIFO;
        try (RandomAccessFile reader = isPipe ? new RandomAccessFile(path, "rw") : null) {
            return new FileOutputStream(path, true);
        }
    }

    public String path() {
        return path;
    }

    /** Returns how lines are compressed; {@code null} for not at all. */
    Compression compression() {
        return compression;
    }

    @Override
    public void append(int severity, String line) {
        append(line);
    }

    /** Appends a line (a byte string without a line end). Returns at once. */
    public void append(String line) {
        lines.add(line);
        if (scheduled.compareAndSet(false, true)) {
            LogWriter.run(this::write);
        }
    }

    private synchronized void write() {
        scheduled.set(false);
        StringBuilder batch = new StringBuilder();
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            batch.append(line).append('\n');
            if (batch.length() > 32 * 1024) {
                write(batch);
            }
        }
        write(batch);
    }

    private void write(StringBuilder batch) {
        if (batch.length() == 0) {
            // An earlier call has written the lines. Writing nothing succeeds even on a full disk, and must not count.
            return;
        }
        try {
            out.write(batch.toString().getBytes(StandardCharsets.ISO_8859_1));
            reportedFailure = false;
            if (compression != null && compression.millis > 0 && !flushes) {
                flushes = true;
                LogWriter.later(compression.millis, this::flush);
            }
        } catch (IOException e) {
            failed(e);
        }
        batch.setLength(0);
    }

    /** A full disk must not stop the server: lines are lost, which is reported once per outage. */
    private void failed(IOException e) {
        if (!reportedFailure) {
            reportedFailure = true;
            System.err.println("nginx: [alert] write() to \"" + path + "\" failed (" + SystemErrors.text(e) + ")");
        }
    }

    private synchronized void flush() {
        flushes = false;
        try {
            out.flush();
        } catch (IOException e) {
            failed(e);
        }
    }

    /** Opens the file anew by its name, for log rotation. If this fails, the old file stays in use. */
    public synchronized void reopen() throws IOException {
        OutputStream fresh = openStream();
        OutputStream old = out;
        write();
        out = fresh;
        close(old);
    }

    /** Writes what is left and closes the file. */
    public synchronized void close() throws IOException {
        write();
        close(out);
    }

    private void close(OutputStream stream) throws IOException {
        if (!path.startsWith("/dev/std") && !path.equals("stderr")) {
            stream.close();
        }
    }
}
