package hopyard.proxy.conf;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads from named pipes, which secrets may come from. */
final class Pipe {

    /** How long somebody has to write, in s. Opening a pipe waits for that, and cannot be interrupted. */
    private static final int MAX_WAIT_SECONDS = 10;

    private Pipe() {}

    /**
     * Returns what is written into a pipe, as a byte string.
     *
     * @param most how many bytes are read
     * @throws IOException if it cannot be read, or nobody writes
     */
    static String read(Path pipe, int most) throws IOException {
        CompletableFuture<String> content = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try (InputStream in = Files.newInputStream(pipe)) {
                        content.complete(new String(in.readNBytes(most), StandardCharsets.ISO_8859_1));
                    } catch (IOException e) {
                        content.completeExceptionally(e);
                    }
                },
                "pipe");
        reader.setDaemon(true);
        reader.start();
        try {
            return content.get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("nobody has written into the pipe for " + MAX_WAIT_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
