package hopyard.proxy.forward;

import java.util.Set;

/**
 * How a location forwards.
 *
 * @param http11 {@code proxy_http_version 1.1}
 * @param connectTimeout in ms
 * @param sendTimeout between two writes to the upstream, in ms
 * @param readTimeout between two reads from the upstream, in ms
 * @param buffering whether to gather the response before sending it on
 * @param requestBuffering whether to read the whole request body before connecting
 * @param bodyBufferSize how much of a buffered request body is held in memory; the rest goes to a temporary file
 * @param maxBodySize the largest request body; 0 for no limit
 * @param clientBodyTimeout between two reads of the request body, in ms
 * @param clientSendTimeout between two writes of the response, in ms
 * @param nextUpstream in which cases the next peer is tried
 * @param headerRules what is done to the response's header
 * @param interceptsErrors whether an upstream's error gives way to a configured error page
 * @param tries at most how many peers; 0 for all
 */
public record ForwardSettings(
        boolean http11,
        long connectTimeout,
        long sendTimeout,
        long readTimeout,
        boolean buffering,
        boolean requestBuffering,
        long bodyBufferSize,
        long maxBodySize,
        long clientBodyTimeout,
        long clientSendTimeout,
        Set<NextUpstream> nextUpstream,
        int tries,
        HeaderRules headerRules,
        boolean interceptsErrors) {}
