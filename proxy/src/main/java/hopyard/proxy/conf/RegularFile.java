package hopyard.proxy.conf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;

/** Reads whole regular files in bounded time. */
public final class RegularFile {

    private RegularFile() {}

    /**
     * Returns the content as a byte string. As nginx does, it reads as many bytes as the file's size says, and so
     * nothing of a file in {@code /proc}, whose content is made while it is read.
     *
     * @param most how many bytes it may have
     * @param options how the file is opened, besides for reading
     * @throws IOException if it cannot be read, is larger, or is not a regular file; other kinds are not opened, since
     *     opening alone might wait or have an effect
     */
    public static String read(Path file, long most, OpenOption... options) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new FileSystemException(file.toString(), null, "Is a directory");
        }
        if (!attributes.isRegularFile()) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        Set<OpenOption> all = new HashSet<>(Set.of(options));
        all.add(StandardOpenOption.READ);
        try (FileChannel channel = FileChannel.open(file, all)) {
            if (channel.size() > most) {
                throw new FileSystemException(
                        file.toString(),
                        null,
                        "File too large: " + channel.size() + " bytes where " + most + " are left");
            }
            ByteBuffer content = ByteBuffer.allocate((int) channel.size());
            while (content.hasRemaining() && channel.read(content) >= 0) {
                // until all of it is read, or the file has become shorter meanwhile
            }
            return new String(content.array(), 0, content.position(), StandardCharsets.ISO_8859_1);
        }
    }
}
