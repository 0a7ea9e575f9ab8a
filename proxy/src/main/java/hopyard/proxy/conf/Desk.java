package hopyard.proxy.conf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What a configuration sees that is only looked at: the machine's files, and addresses that stand for names. Names are
 * not looked up, because the configuration may be meant for another machine, where other names are known.
 */
public final class Desk implements Surroundings {

    private final Machine machine = new Machine();
    private final StandIns names = new StandIns();

    @Override
    public String read(Path file, long most) throws IOException {
        return machine.read(file, most);
    }

    @Override
    public List<Path> expand(Path pattern) throws IOException {
        return machine.expand(pattern);
    }

    @Override
    public List<InetAddress> lookUp(String host) throws UnknownHostException {
        return names.lookUp(host);
    }

    @Override
    public Set<Path> read() {
        return machine.read();
    }
}
