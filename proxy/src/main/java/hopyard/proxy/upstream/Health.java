package hopyard.proxy.upstream;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How a server is doing: as one I/O thread has seen it or, in a group with a {@code zone}, as all of them have.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#zone">zone</a>
 */
final class Health {

    /** How often it has failed since it last did well. */
    final AtomicInteger fails = new AtomicInteger();

    /** How many requests it has under way. */
    final AtomicInteger connections = new AtomicInteger();

    /** When it was last given a chance; all times in ms. */
    volatile long checked;

    /** When it last failed. */
    volatile long accessed;
}
