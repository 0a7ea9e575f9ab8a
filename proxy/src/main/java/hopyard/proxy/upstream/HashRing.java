package hopyard.proxy.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The points of a group's servers on the ring of consistent hashing, where nginx (and Cache::Memcached::Fast) has them.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash">hash … consistent</a>
 */
final class HashRing {

    private static final int POINTS_PER_WEIGHT = 160;

    /** A point, and the {@code server} line that it belongs to. */
    private record Point(long hash, String server) {}

    private final Point[] points;
    private final Map<String, List<Peer>> byServer = new LinkedHashMap<>();

    HashRing(List<Peer> peers) {
        List<Point> all = new ArrayList<>();
        for (Peer peer : peers) {
            String server = peer.settings().server();
            byServer.computeIfAbsent(server, s -> new ArrayList<>()).add(peer);
            add(all, server, peer.settings().weight() * POINTS_PER_WEIGHT);
        }
        all.sort((a, b) -> Long.compare(a.hash, b.hash));
        List<Point> distinct = new ArrayList<>();
        for (Point point : all) {
            if (distinct.isEmpty() || distinct.get(distinct.size() - 1).hash != point.hash) {
                distinct.add(point);
            }
        }
        points = distinct.toArray(Point[]::new);
    }

    private static void add(List<Point> all, String server, int count) {
        String host = server;
        String port = "";
        int colon = server.lastIndexOf(':');
        if (server.startsWith("unix:")) {
            host = server.substring(5);
        } else if (colon > server.lastIndexOf(']')) {
            host = server.substring(0, colon);
            port = server.substring(colon + 1);
        }
        byte[] name = (host + "\0" + port).getBytes(StandardCharsets.ISO_8859_1);
        byte[] previous = new byte[4];
        for (int i = 0; i < count; i++) {
            CRC32 crc = new CRC32();
            crc.update(name);
            crc.update(previous);
            long hash = crc.getValue();
            all.add(new Point(hash, server));
            for (int b = 0; b < 4; b++) {
                previous[b] = (byte) (hash >> (8 * b));
            }
        }
    }

    /** Returns the index of the first point at or after the key's hash. */
    int find(byte[] key) {
        CRC32 crc = new CRC32();
        crc.update(key);
        long hash = crc.getValue();
        int low = 0;
        int high = points.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (points[middle].hash < hash) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    int size() {
        return points.length;
    }

    /** Returns the peers of the server that the point belongs to. After the last point comes the first again. */
    List<Peer> at(int index) {
        return byServer.get(points[index % points.length].server);
    }

    @Override
    public String toString() {
        return Arrays.toString(points);
    }
}
