package hopyard.proxy.upstream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Takes a request's content: a connection, or what frames it on its way there. Each call writes what fits. */
public interface UpstreamSink {

    /** Writes buffers, in one system call. */
    long write(ByteBuffer[] buffers, int count) throws IOException;

    /** Writes a buffer. */
    int write(ByteBuffer buffer) throws IOException;

    /** Writes part of a file. */
    long write(FileChannel file, long position, long count) throws IOException;
}
