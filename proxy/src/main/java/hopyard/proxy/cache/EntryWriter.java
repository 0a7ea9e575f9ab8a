package hopyard.proxy.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a response into the cache: first into a temporary file, which is moved to its place when it is complete. */
public final class EntryWriter {

    private final CacheZone zone;
    private final CacheEntry entry;
    private final Path temporary;
    private final FileChannel channel;

    EntryWriter(CacheZone zone, CacheEntry entry) throws IOException {
        this.zone = zone;
        this.entry = entry;
        byte[] preamble = entry.preamble();
        CacheZone.makeDirectory(entry.file().getParent());
        temporary = Files.createTempFile(entry.file().getParent(), "new-", ".tmp");
        channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
        write(ByteBuffer.wrap(preamble));
    }

    /** Adds a piece of content; the buffer is left as it is. */
    public void add(ByteBuffer content) throws IOException {
        write(content.duplicate());
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Completes the content. From now on the response is found.
     *
     * @return false if the zone has no room for its key, so that the response is not kept
     */
    public boolean complete() throws IOException {
        long size = channel.position();
        channel.close();
        Files.move(temporary, entry.file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        return zone.added(entry.file(), size);
    }

    /** Gives up: the content will not become complete. */
    public void abandon() throws IOException {
        channel.close();
        Files.deleteIfExists(temporary);
    }
}
