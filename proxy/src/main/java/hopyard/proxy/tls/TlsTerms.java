package hopyard.proxy.tls;

/**
 * On which terms TLS is spoken, on either side.
 *
 * @param engines makes the engines that speak it
 * @param trust judges the peer's certificate; {@code null} if it does not matter
 * @param recordSize how many bytes of content a record holds at most
 */
public record TlsTerms(TlsEngines engines, Trust trust, int recordSize) {

    /** The most content that a record may hold, in bytes (RFC 8446 §5.1). */
    public static final int MAX_RECORD = 1 << 14;
}
