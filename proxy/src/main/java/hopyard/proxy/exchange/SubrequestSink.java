package hopyard.proxy.exchange;

import io.undertow.connector.ByteBufferPool;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/**
 * Takes the content of a subrequest's response, and ends the exchange when the content ends. This one drops it; others
 * do something with it.
 */
class SubrequestSink implements StreamSinkConduit {

    private HttpServerExchange exchange;
    private WriteReadyHandler handler;
    private boolean ended;

    void carry(HttpServerExchange carried) {
        exchange = carried;
    }

    /** Whether no content follows. */
    boolean hasEnded() {
        return ended;
    }

    /** Tells whoever writes that more may be written. */
    void ready() {
        handler.writeReady();
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        int n = src.remaining();
        src.position(src.limit());
        return n;
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        long n = 0;
        for (int i = offset; i < offset + length; i++) {
            n += write(srcs[i]);
        }
        return n;
    }

    @Override
    public int writeFinal(ByteBuffer src) throws IOException {
        return Conduits.writeFinalBasic(this, src);
    }

    @Override
    public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return Conduits.writeFinalBasic(this, srcs, offset, length);
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        return count;
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) {
        throw new UnsupportedOperationException("responses are written from buffers and files");
    }

    @Override
    public void terminateWrites() {
        ended = true;
    }

    @Override
    public boolean flush() throws IOException {
        if (ended && !exchange.isResponseComplete()) {
            Connectors.terminateResponse(exchange);
        }
        return true;
    }

    @Override
    public void truncateWrites() throws IOException {
        ended = true;
        flush();
    }

    @Override
    public boolean isWriteShutdown() {
        return ended;
    }

    @Override
    public void resumeWrites() {
        wakeupWrites();
    }

    @Override
    public void suspendWrites() {
        // a write never has to wait
    }

    @Override
    public void wakeupWrites() {
        getWriteThread().execute(this::ready);
    }

    @Override
    public boolean isWriteResumed() {
        return false;
    }

    @Override
    public void awaitWritable() {
        // nobody waits on an I/O thread
    }

    @Override
    public void awaitWritable(long time, TimeUnit timeUnit) {
        // nobody waits on an I/O thread
    }

    @Override
    public XnioIoThread getWriteThread() {
        return exchange.getIoThread();
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler newHandler) {
        handler = newHandler;
    }

    @Override
    public XnioWorker getWorker() {
        return exchange.getConnection().getWorker();
    }

    /** Returns the pool of buffers for content. */
    ByteBufferPool buffers() {
        return exchange.getConnection().getByteBufferPool();
    }
}
