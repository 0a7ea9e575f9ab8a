package hopyard.proxy.forward;

import java.nio.ByteBuffer;

/** Takes a copy of a response's content while the content passes on its way to the client. */
public interface ContentCopy {

    /** Takes a piece of content; the buffer must be left as it is. */
    void add(ByteBuffer content);

    /** All of the content has been added. */
    void complete();

    /** The response broke off, or nobody wants it any more. */
    void abandon();
}
