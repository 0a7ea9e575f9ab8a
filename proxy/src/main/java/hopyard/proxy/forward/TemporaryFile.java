package hopyard.proxy.forward;

import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/** Content that does not stay in memory. The file has no name any more once it is open, so nothing can be left of it. */
final class TemporaryFile {

    private static final Path DIRECTORY = Path.of(System.getProperty("java.io.tmpdir"));

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private TemporaryFile() {}

    /**
     * Makes one, and says so in the error log, as nginx does.
     *
     * @param kind a word for its name
     * @param what whose content it is for: the subject of a sentence and "is"
     * @throws IOException if it cannot be made
     */
    static FileChannel open(Exchange exchange, String kind, String what) throws IOException {
        Path path = DIRECTORY.resolve("hopyard-" + kind + "-" + UUID.randomUUID());
        FileChannel file = FileChannel.open(
                path,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE),
                OWNER_ONLY);
        exchange.log(ErrorLog.Level.WARN, what + " buffered to a temporary file " + path);
        return file;
    }
}
