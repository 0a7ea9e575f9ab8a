package hopyard.proxy.conf;

import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The machine as it is: what a configuration sees that is going to run. */
public final class Machine implements Surroundings {

    private final Set<Path> read = new LinkedHashSet<>();

    @Override
    public String read(Path file, long most) throws IOException {
        String text = RegularFile.read(file, most);
        read.add(file);
        return text;
    }

    @Override
    public String readOnce(Path file, long most) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).isOther()
                ? Pipe.read(file, (int) most)
                : read(file, most);
    }

    @Override
    public List<Path> expand(Path pattern) throws IOException {
        return new Glob(path -> path)
                .expand(pattern.getRoot(), pattern.getRoot().relativize(pattern));
    }

    @Override
    public List<InetAddress> lookUp(String host) throws UnknownHostException {
        InetAddress literal = Addresses.literal(host);
        if (literal != null) {
            return List.of(literal);
        }
        if (host.isEmpty() || !host.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '[' && c != ':')) {
            // the system would read an empty name as this machine, and any name only up to its NUL
            throw new UnknownHostException(host);
        }
        return List.of(InetAddress.getAllByName(host));
    }

    @Override
    public Set<Path> read() {
        return read;
    }
}
