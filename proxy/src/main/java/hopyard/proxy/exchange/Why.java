package hopyard.proxy.exchange;

import java.util.Locale;

/** Why the client gets something other than the upstream's whole response. */
public enum Why {
    // the upstream
    REFUSED(Outcome.FAILED, "connection_refused"),
    UNREACHABLE(Outcome.FAILED, "destination_ip_unroutable"),
    CONNECT_FAILED(Outcome.FAILED, "destination_unavailable"),
    /** The address of {@code proxy_bind} cannot be bound, so no connection to the upstream was tried. */
    BIND_FAILED(Outcome.FAILED, "proxy_internal_error"),
    CONNECT_TIMEOUT(Outcome.FAILED, "connection_timeout"),
    /** There was a connection, but the TLS handshake took too long. */
    TLS_TIMEOUT(Outcome.FAILED, "connection_timeout"),
    TLS_FAILED(Outcome.FAILED, "tls_protocol_error"),
    TLS_CERTIFICATE(Outcome.FAILED, "tls_certificate_error"),
    SEND_TIMEOUT(Outcome.FAILED, "connection_write_timeout"),
    READ_TIMEOUT(Outcome.FAILED, "http_response_timeout"),
    RESET(Outcome.FAILED, "connection_terminated"),
    CLOSED_EARLY(Outcome.FAILED, "http_response_incomplete"),
    GARBAGE(Outcome.FAILED, "http_protocol_error"),
    /** The response is HTTP, but its head must not be accepted. */
    INVALID_HEADER(Outcome.FAILED, "http_protocol_error"),
    TOO_BIG_HEADER(Outcome.FAILED, "http_response_header_section_size"),
    NO_LIVE_PEER(Outcome.FAILED, "destination_unavailable"),
    NAME_NOT_FOUND(Outcome.FAILED, "dns_error"),
    /** The upstream has answered, but the configuration asks another one, or the cache. */
    PASSED_OVER(Outcome.FAILED, null),
    // this server's rules
    /** The subrequest of {@code auth_request} has neither allowed nor denied the request. */
    AUTH_FAILED(Outcome.FAILED, null),
    LIMIT_REQ(Outcome.REJECTED, null),
    LIMIT_CONN(Outcome.REJECTED, null),
    DENIED(Outcome.REJECTED, null),
    AUTH(Outcome.REJECTED, null),
    TOO_LARGE(Outcome.REJECTED, null),
    BAD_REQUEST(Outcome.REJECTED, null),
    NOT_ALLOWED(Outcome.REJECTED, null),
    CLIENT_TIMEOUT(Outcome.REJECTED, null),
    // responses of this server
    NOT_FOUND(Outcome.OK, null),
    RETURN(Outcome.OK, null),
    REDIRECT(Outcome.OK, null),
    STATIC(Outcome.OK, null),
    INDEX(Outcome.OK, null),
    STATUS_PAGE(Outcome.OK, null),
    ACCEL_REDIRECT(Outcome.OK, null),
    INTERCEPTED(Outcome.OK, null),
    OTHER(Outcome.OK, null),
    // responses of the cache
    HIT(Outcome.OK, null),
    STALE(Outcome.OK, null),
    UPDATING(Outcome.OK, null),
    REVALIDATED(Outcome.OK, null),
    // failures of this server
    NO_MEMORY(Outcome.FAILED, null),
    INTERNAL_ERROR(Outcome.FAILED, null),
    // the client
    CLIENT_LEFT(Outcome.CLIENT_LEFT, null),
    CLOSED(Outcome.CLOSED, null);

    private final Outcome outcome;
    private final String proxyError;
    private final String text = name().toLowerCase(Locale.ROOT);

    Why(Outcome outcome, String proxyError) {
        this.outcome = outcome;
        this.proxyError = proxyError;
    }

    /** Returns the outcome of an exchange with a complete response for this reason. */
    Outcome outcome() {
        return outcome;
    }

    /** Returns the error type of RFC 9209 §2.3; {@code null} if the reason is not such an error. */
    public String proxyError() {
        return proxyError;
    }

    /**
     * Returns the reason that counts for an exchange. For a response of the proxy or the cache, it is the reason for
     * this response; for any other, why it is not complete.
     *
     * @return the reason; {@code null} if there is nothing to say
     */
    public static Why of(Who who, Why why, Why interrupted) {
        boolean isOwn = who == Who.PROXY || who == Who.CACHE;
        return !isOwn ? interrupted : why == null ? OTHER : why;
    }

    /** Returns the reason for a response of which only the status code is known. */
    public static Why ofStatus(int status) {
        return switch (status) {
            case 400, 414, ErrorPages.HEADER_TOO_LARGE, ErrorPages.PLAIN_HTTP, 501, 505 -> BAD_REQUEST;
            case ErrorPages.BAD_CERTIFICATE, ErrorPages.NO_CERTIFICATE -> BAD_REQUEST;
            case 401 -> AUTH;
            case 403 -> DENIED;
            case 404 -> NOT_FOUND;
            case 405 -> NOT_ALLOWED;
            case 408 -> CLIENT_TIMEOUT;
            case 413 -> TOO_LARGE;
            case 500 -> INTERNAL_ERROR;
            default -> status >= 300 && status < 400 && status != 304 ? REDIRECT : OTHER;
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
