package hopyard.proxy.forward;

import java.nio.ByteBuffer;

/** Gets a copy of a response's content while it passes on its way to the client. */
public interface ContentCopy {

    /** A piece of content; the buffer must be left as it is. */
    void add(ByteBuffer content);

    /** All of it has been there. */
    void complete();

    /** The response broke off, or nobody wants it any more. */
    void abandon();
}
