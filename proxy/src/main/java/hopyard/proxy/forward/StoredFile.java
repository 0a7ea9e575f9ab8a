package hopyard.proxy.forward;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * Keeps a response's content as a file, for a location of files to serve later.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_store">proxy_store</a>
 */
final class StoredFile implements ContentCopy {

    private final Exchange exchange;
    private final Path target;
    private final Set<PosixFilePermission> access;
    private final long modifiedSeconds;
    private Path temporary;
    private FileChannel channel;

    private StoredFile(Exchange exchange, Path target, Set<PosixFilePermission> access, long modifiedSeconds) {
        this.exchange = exchange;
        this.target = target;
        this.access = access;
        this.modifiedSeconds = modifiedSeconds;
    }

    /**
     * Begins to write; returns {@code null} if that fails, and logs why.
     *
     * @param modifiedSeconds the file's date, in seconds since 1970; negative for now
     */
    static StoredFile open(Exchange exchange, Path target, Set<PosixFilePermission> access, long modifiedSeconds) {
        StoredFile stored = new StoredFile(exchange, target, access, modifiedSeconds);
        try {
            Files.createDirectories(target.getParent());
            stored.temporary = Files.createTempFile(target.getParent(), ".store-", "");
            stored.channel = FileChannel.open(stored.temporary, StandardOpenOption.WRITE);
            return stored;
        } catch (IOException e) {
            stored.failed(e);
            return null;
        }
    }

    private void failed(IOException e) {
        exchange.log(
                ErrorLog.Level.CRIT, "storing \"" + Paths.toBytes(target) + "\" failed (" + SystemErrors.text(e) + ")");
    }

    @Override
    public void add(ByteBuffer content) {
        if (channel == null) {
            return;
        }
        try {
            ByteBuffer bytes = content.duplicate();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            failed(e);
            abandon();
        }
    }

    @Override
    public void complete() {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
            Files.setPosixFilePermissions(temporary, access);
            if (modifiedSeconds >= 0) {
                Files.setLastModifiedTime(temporary, FileTime.fromMillis(modifiedSeconds * 1000));
            }
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            channel = null;
        } catch (IOException e) {
            failed(e);
            abandon();
        }
    }

    @Override
    public void abandon() {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            failed(e);
        }
        channel = null;
    }
}
