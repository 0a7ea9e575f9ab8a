package hopyard.proxy.conf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What a configuration sees of the world while it is read and compiled: files, and addresses of names. Nothing else is
 * touched until the configuration is opened, so with other surroundings it can be tested without any effect.
 */
public interface Surroundings {

    /**
     * Returns the content of a regular file, as a byte string.
     *
     * @param most how many bytes it may have
     * @throws IOException if the file does not exist, is not a regular file, is too large, or is out of bounds
     */
    String read(Path file, long most) throws IOException;

    /**
     * Does the same with a file that may be a pipe: then its writer is waited for, for some seconds.
     *
     * @throws IOException as {@link #read}, or if nobody writes
     */
    default String readOnce(Path file, long most) throws IOException {
        return read(file, most);
    }

    /**
     * Returns the existing files that match a pattern, in the order of their names.
     *
     * @throws IOException if there are too many, or they are out of bounds
     */
    List<Path> expand(Path pattern) throws IOException;

    /**
     * Returns the addresses of a host; for a literal address, that address.
     *
     * @throws UnknownHostException if there are none
     */
    List<InetAddress> lookUp(String host) throws UnknownHostException;

    /** The files that were read so far. */
    Set<Path> read();
}
