package hopyard.proxy.scale;

import hopyard.proxy.upstream.PeerSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Servers at 10.0.0.1:80 and so on, for one proxy. */
final class Servers {

    /** nginx's defaults. */
    static final PeerSettings.Options USUAL = PeerSettings.Options.DEFAULT;

    static final PeerSettings.Options NEVER_OUT = new PeerSettings.Options(1, 0, 0, 10_000, false, false, false);

    static final PeerSettings.Options DOWN = new PeerSettings.Options(1, 0, 1, 10_000, false, true, false);

    private Servers() {}

    static List<PeerSettings> of(int count, PeerSettings.Options options) {
        List<PeerSettings> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            servers.add(server(i, name(i), options));
        }
        return servers;
    }

    static List<PeerSettings> of(int count) {
        return of(count, USUAL);
    }

    /** Returns servers that all come from one line, {@code server app:80 resolve}. */
    static List<PeerSettings> ofOneName(int count) {
        List<PeerSettings> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            servers.add(server(i, "app:80", USUAL));
        }
        return servers;
    }

    /** @param line the first argument of the line that it comes from */
    static PeerSettings server(int number, String line, PeerSettings.Options options) {
        try {
            byte[] address = {10, 0, (byte) (number / 250), (byte) (number % 250 + 1)};
            return new PeerSettings(
                    name(number), line, new InetSocketAddress(InetAddress.getByAddress(address), 80), options, null);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    static String name(int number) {
        return "10.0." + number / 250 + "." + (number % 250 + 1) + ":80";
    }
}
