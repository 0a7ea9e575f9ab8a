package hopyard.proxy.modules;

import hopyard.proxy.io.HeadWriter;
import java.util.List;

/**
 * A netstring of SCGI.
 *
 * @see <a href="https://python.ca/scgi/protocol.txt">SCGI: A Simple Common Gateway Interface alternative</a>
 */
record ScgiEncoding() implements CgiEncoding {

    private static final String LENGTH = "CONTENT_LENGTH";

    @Override
    public Pair first(long length) {
        return new Pair(LENGTH, Long.toString(Math.max(0, length)));
    }

    @Override
    public void write(HeadWriter out, List<Pair> parameters) {
        int size = 0;
        for (Pair each : parameters) {
            if (each.name().indexOf(0) >= 0 || each.value().indexOf(0) >= 0) {
                // it would begin another parameter
                out.refuse("scgi parameter \"" + each.name() + "\" holds a NUL");
                return;
            }
            size += each.name().length() + each.value().length() + 2;
        }
        out.number(size).octet(':');
        for (Pair each : parameters) {
            ended(out, each.name());
            ended(out, each.value());
        }
        out.octet(',');
    }

    private static void ended(HeadWriter out, String text) {
        out.text(text).octet(0);
    }
}
