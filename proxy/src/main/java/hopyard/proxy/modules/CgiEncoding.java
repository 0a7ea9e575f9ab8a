package hopyard.proxy.modules;

import hopyard.proxy.forward.ContentFraming;
import hopyard.proxy.io.HeadWriter;
import java.util.List;

/** How parameters are written into a request. */
interface CgiEncoding {

    /** A parameter of one request. */
    record Pair(String name, String value) {}

    /**
     * Writes a request up to its content. What must not be sent is {@linkplain HeadWriter#refuse refused}, with what
     * the error log says of it.
     */
    void write(HeadWriter out, List<Pair> parameters);

    /**
     * Returns the parameter that comes before those of the configuration; {@code null} for none.
     *
     * @param length how long the content is, in bytes
     */
    default Pair first(long length) {
        return null;
    }

    /** Returns what frames the content of one attempt; {@code null} for nothing. */
    default ContentFraming framing() {
        return null;
    }
}
