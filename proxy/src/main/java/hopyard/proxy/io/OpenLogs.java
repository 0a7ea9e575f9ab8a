package hopyard.proxy.io;

import hopyard.proxy.conf.Paths;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Logs that are kept open although their names have variables ({@code open_log_file_cache}). Without it, each line
 * opens its file. Only the thread that writes logs uses the files.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_log_module.html#open_log_file_cache">open_log_file_cache</a>
 */
public final class OpenLogs {

    /** Keeps nothing open. */
    public static final OpenLogs NONE = new OpenLogs(0, 0, 1, 0);

    /** A name that is remembered. */
    private static final class Named {
        private int uses = 1;
        private long used;
        private long checked;
        /** What tells the file from others. */
        private Object key;
        /** {@code null} if the file is not kept open. */
        private OutputStream out;
    }

    private final int max;
    private final long inactive;
    private final int minUses;
    private final long valid;
    /** By path, the one that was not used for longest first. */
    private final Map<String, Named> remembered = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param max how many names are remembered
     * @param inactive after how many ms without a use a name is forgotten
     * @param minUses from which use on a file is kept open
     * @param valid how many ms may pass until it is looked whether the name still leads to the file
     */
    public OpenLogs(int max, long inactive, int minUses, long valid) {
        this.max = max;
        this.inactive = inactive;
        this.minUses = minUses;
        this.valid = valid;
    }

    /** Writes to the end of a file. */
    public void write(String path, byte[] line) throws IOException {
        long now = System.nanoTime() / 1_000_000;
        forgetInactive(now);
        Named its = remembered.get(path);
        if (its != null) {
            its.uses++;
            its.used = now;
            if (its.out != null && now - its.checked > valid) {
                its.checked = now;
                if (!its.key.equals(key(path))) {
                    close(its);
                }
            }
            if (its.out != null) {
                its.out.write(line);
                return;
            }
        }
        writeAnew(path, line, now);
    }

    private void writeAnew(String path, byte[] line, long now) throws IOException {
        Named its = remembered.remove(path);
        OutputStream out = new FileOutputStream(Paths.fromBytes(path), true);
        try {
            out.write(line);
            if (max > 0) {
                its = its == null ? new Named() : its;
                its.used = now;
                remember(path, its);
                if (its.uses >= minUses) {
                    its.out = out;
                    its.key = key(path);
                    its.checked = now;
                }
            }
        } finally {
            if (its == null || its.out != out) {
                out.close();
            }
        }
    }

    private void forgetInactive(long now) throws IOException {
        Iterator<Named> oldest = remembered.values().iterator();
        while (oldest.hasNext()) {
            Named its = oldest.next();
            if (now - its.used <= inactive) {
                return;
            }
            oldest.remove();
            close(its);
        }
    }

    private void remember(String path, Named its) throws IOException {
        if (remembered.size() >= max) {
            Iterator<Named> oldest = remembered.values().iterator();
            Named gone = oldest.next();
            oldest.remove();
            close(gone);
        }
        remembered.put(path, its);
    }

    private static void close(Named its) throws IOException {
        if (its.out != null) {
            its.out.close();
            its.out = null;
        }
    }

    /** Returns what tells the file that a name leads to from others; a new object if it leads to none. */
    private static Object key(String path) throws IOException {
        try {
            BasicFileAttributes its = Files.readAttributes(Path.of(Paths.fromBytes(path)), BasicFileAttributes.class);
            return its.fileKey() == null ? path : its.fileKey();
        } catch (NoSuchFileException e) {
            return new Object();
        }
    }
}
