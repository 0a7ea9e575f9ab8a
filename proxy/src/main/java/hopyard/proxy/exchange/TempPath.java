package hopyard.proxy.exchange;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where temporary files are put, as {@code client_body_temp_path} says: in a directory, or in directories below it that
 * are named after the ends of the files' names.
 *
 * @param levels how many digits of a file's name each directory's name has, from the outermost inwards
 * @see <a
 *     href="https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_temp_path">client_body_temp_path</a>
 */
public record TempPath(Path directory, List<Integer> levels) {

    static final int DIGITS = 10;

    private static final AtomicInteger NEXT = new AtomicInteger();

    /** Returns the path for one more file. The directory may not be there yet, and the file may. */
    public Path next() {
        String name = String.format("%0" + DIGITS + "d", Integer.toUnsignedLong(NEXT.incrementAndGet()));
        Path path = directory;
        int end = name.length();
        for (int level : levels) {
            path = path.resolve(name.substring(end - level, end));
            end -= level;
        }
        return path.resolve(name);
    }
}
