package hopyard.proxy.upstream;

import hopyard.http.http2.HpackDecoder;
import java.nio.ByteBuffer;

/** Takes what comes for a request on an {@link Http2Link}. Each method returns {@code null}, or what is wrong. */
public interface Http2Response extends HpackDecoder.Receiver {

    /** A field block begins that has so many bytes. */
    String fieldsBegin(int length);

    /** A field block has been given. */
    String fieldsEnded(boolean isLast);

    /** A part of the content; it is to be taken whole. */
    String content(ByteBuffer content);
}
