package hopyard.proxy.conf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of a configuration as they were when it was read, even if they have changed since.
 *
 * @param others used for other files, such as certificates
 * @param sources the texts by file
 */
public record Remembered(Surroundings others, Map<String, String> sources) implements Surroundings {

    @Override
    public String read(Path file, long most) throws IOException {
        String text = sources.get(file.toString());
        return text == null ? others.read(file, most) : text;
    }

    @Override
    public List<Path> expand(Path pattern) throws IOException {
        return others.expand(pattern).stream()
                .filter(file -> sources.containsKey(file.toString()))
                .toList();
    }

    @Override
    public List<InetAddress> lookUp(String host) throws UnknownHostException {
        return others.lookUp(host);
    }

    @Override
    public Set<Path> read() {
        return others.read();
    }
}
