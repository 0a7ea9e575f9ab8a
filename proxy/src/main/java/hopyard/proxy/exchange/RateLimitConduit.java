package hopyard.proxy.exchange;

import hopyard.proxy.conf.Values;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;

/**
 * Limits a response to a number of bytes per second. The bytes of a second may be sent all at once at its beginning.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#limit_rate">limit_rate</a>
 */
public final class RateLimitConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    private static final ExchangeKey<Long> LIMIT = new ExchangeKey<>();

    private final XnioIoThread thread;
    private final Clock clock;
    private final long rate;
    private final long after;
    private final long start = System.nanoTime();
    private long sent;
    private boolean resumed;
    private XnioExecutor.Key timer;

    /**
     * @param rate the limit, in bytes per second
     * @param after how many bytes are sent at full speed first
     */
    RateLimitConduit(StreamSinkConduit next, XnioIoThread thread, Clock clock, long rate, long after) {
        super(next);
        this.thread = thread;
        this.clock = clock;
        this.rate = rate;
        this.after = after;
    }

    /** Sets the rate of a response, which replaces {@code limit_rate}: bytes per second, 0 for no limit. */
    public static void limit(Exchange exchange, long bytesPerSecond) {
        exchange.put(LIMIT, bytesPerSecond);
    }

    /** Returns the rate that {@link #limit} has set; negative if it has set none. */
    public static long limitOf(Exchange exchange) {
        Long said = exchange.get(LIMIT);
        return said == null ? -1 : said;
    }

    /** Limits the response of a client's request if {@link #limit} or else its location says so. */
    static void install(Exchange exchange) {
        if (exchange.isSubrequest()) {
            return;
        }
        CoreSettings core = exchange.core();
        long said = limitOf(exchange);
        long asked = said >= 0 || core.limitRate() == null ? said : sizeOf(core.limitRate(), exchange);
        // an app may ask for a rate that would overflow when it is multiplied by the seconds
        long rate = Math.min(asked, 1L << 32);
        if (rate > 0) {
            long after = core.limitRateAfter() == null ? 0 : sizeOf(core.limitRateAfter(), exchange);
            exchange.response()
                    .wrap((factory, http) ->
                            new RateLimitConduit(factory.create(), http.getIoThread(), exchange.clock(), rate, after));
            if (exchange.isRequestComplete() && exchange.upstream().count() == 0) {
                // nothing may be written for long, so nothing else would tell that the client has gone
                exchange.lifetime().watchClient(() -> {
                    exchange.log(ErrorLog.Level.INFO, "client prematurely closed connection");
                    exchange.lifetime().clientClosed();
                });
            }
        }
    }

    private static long sizeOf(Template template, Exchange exchange) {
        String text = template.eval(exchange);
        try {
            return text.isEmpty() ? 0 : Values.parseSize(text);
        } catch (NumberFormatException e) {
            exchange.log(ErrorLog.Level.ERROR, "invalid size \"" + text + "\"");
            return 0;
        }
    }

    private long budget() {
        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        return Math.max(0, rate * (seconds + 1) - Math.max(0, sent - after) + Math.max(0, after - sent));
    }

    /** Returns how long to wait until something may be sent, in ms. */
    private long untilBudget() {
        long seconds = Math.max(0, sent - after) / rate;
        return Math.max(1, seconds * 1000 - (System.nanoTime() - start) / 1_000_000);
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        int limit = src.limit();
        src.limit(src.position() + (int) Math.min(src.remaining(), budget()));
        try {
            int n = src.hasRemaining() ? next.write(src) : 0;
            sent += n;
            return n;
        } finally {
            src.limit(limit);
        }
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            total += write(srcs[i]);
            if (srcs[i].hasRemaining()) {
                break;
            }
        }
        return total;
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
        long allowed = Math.min(count, budget());
        long n = allowed == 0 ? 0 : next.transferFrom(src, position, allowed);
        sent += Math.max(0, n);
        return n;
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) {
        throw new UnsupportedOperationException("responses are written from buffers and files");
    }

    @Override
    public void resumeWrites() {
        resumed = true;
        boolean mayWrite = budget() > 0 || next.isWriteShutdown();
        clock.holdClientBack(!mayWrite);
        if (mayWrite) {
            next.resumeWrites();
        } else if (timer == null) {
            timer = thread.executeAfter(this::budgetAgain, untilBudget(), TimeUnit.MILLISECONDS);
        }
    }

    private void budgetAgain() {
        timer = null;
        if (resumed) {
            next.wakeupWrites();
        }
    }

    @Override
    public void suspendWrites() {
        resumed = false;
        next.suspendWrites();
    }

    @Override
    public boolean isWriteResumed() {
        return resumed;
    }

    @Override
    public void truncateWrites() throws IOException {
        cancel();
        super.truncateWrites();
    }

    @Override
    public void terminateWrites() throws IOException {
        cancel();
        super.terminateWrites();
    }

    private void cancel() {
        if (timer != null) {
            timer.remove();
            timer = null;
        }
    }
}
