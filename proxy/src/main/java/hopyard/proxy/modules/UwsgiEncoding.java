package hopyard.proxy.modules;

import hopyard.proxy.io.HeadWriter;
import java.util.List;

/**
 * A packet of uwsgi.
 *
 * @param string what follows the parameters: {@code uwsgi_string}
 * @see <a href="https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html">The uwsgi Protocol</a>
 */
record UwsgiEncoding(int modifier1, int modifier2, String string) implements CgiEncoding {

    private static final int MAX_PACKET = 0xffff;

    @Override
    public void write(HeadWriter out, List<Pair> parameters) {
        int size = string.length();
        for (Pair each : parameters) {
            size += 4 + each.name().length() + each.value().length();
        }
        if (size > MAX_PACKET) {
            out.refuse("uwsgi request is too big: " + size);
            return;
        }
        out.octet(modifier1).octet(size).octet(size >> 8).octet(modifier2);
        for (Pair each : parameters) {
            counted(out, each.name());
            counted(out, each.value());
        }
        out.text(string);
    }

    private static void counted(HeadWriter out, String text) {
        out.octet(text.length()).octet(text.length() >> 8).text(text);
    }
}
