/**
 * The way to the app servers: groups of peers and the choice between them, the pool of idle connections, and our
 * HTTP/1.1 client codec on XNIO.
 *
 * <p>Everything about a group exists once for each I/O thread, as it exists once for each worker process in nginx, so a
 * request takes no lock and crosses no thread.
 */
package hopyard.proxy.upstream;
