package hopyard.proxy.upstream;

import hopyard.proxy.tls.TlsConnection;

/**
 * A connection to a peer, as those see it who tell of it. All requests on the connection share it.
 *
 * @param near this side's end: its ephemeral port
 * @param far the peer's end
 * @param hopParameters what Hop-Trace says of it ({@link hopyard.trace.HopTrace#upstream}); {@code null} if it was not
 *     ready for a request
 * @param tls TLS that is spoken on it; {@code null} if it is not, or not yet
 */
public record Wire(String near, String far, String hopParameters, TlsConnection tls) {}
