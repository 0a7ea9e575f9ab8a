package hopyard.proxy.modules;

import hopyard.proxy.forward.ContentFraming;
import hopyard.proxy.forward.StdinRecords;
import hopyard.proxy.io.HeadWriter;
import java.util.List;

/**
 * The records of FastCGI that go ahead of content.
 *
 * @param keepsConnection whether the app is asked to leave the connection open
 * @see <a href="https://fastcgi-archives.github.io/FastCGI_Specification.html#S5">FastCGI §5</a>
 */
record FastCgiEncoding(boolean keepsConnection) implements CgiEncoding {

    private static final int BEGIN_REQUEST = 1;
    private static final int PARAMS = 4;
    private static final int RESPONDER = 1;

    /** The length of a record's header, and what the content of a record is filled up to, in bytes. */
    private static final int HEADER = 8;

    private static final int MAX_RECORD = 0xffff;

    @Override
    public void write(HeadWriter out, List<Pair> parameters) {
        header(out, BEGIN_REQUEST, HEADER, 0);
        out.octet(0).octet(RESPONDER).octet(keepsConnection ? 1 : 0);
        fill(out, HEADER - 3);
        int size = parameters.stream().mapToInt(FastCgiEncoding::size).sum();
        if (size > MAX_RECORD) {
            out.refuse("fastcgi request record is too big: " + size);
            return;
        }
        int padding = -size & HEADER - 1;
        header(out, PARAMS, size, padding);
        for (Pair each : parameters) {
            length(out, each.name().length());
            length(out, each.value().length());
            out.text(each.name()).text(each.value());
        }
        fill(out, padding);
        header(out, PARAMS, 0, 0);
    }

    @Override
    public ContentFraming framing() {
        return new StdinRecords();
    }

    private static void header(HeadWriter out, int type, int length, int padding) {
        out.octet(1).octet(type).octet(0).octet(1);
        out.octet(length >> 8).octet(length).octet(padding).octet(0);
    }

    private static void fill(HeadWriter out, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.octet(0);
        }
    }

    private static int size(Pair pair) {
        int name = pair.name().length();
        int value = pair.value().length();
        return (name > 127 ? 4 : 1) + (value > 127 ? 4 : 1) + name + value;
    }

    private static void length(HeadWriter out, int length) {
        if (length > 127) {
            out.octet(length >> 24 | 0x80).octet(length >> 16).octet(length >> 8);
        }
        out.octet(length);
    }
}
