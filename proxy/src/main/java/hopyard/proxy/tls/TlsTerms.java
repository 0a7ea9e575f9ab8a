package hopyard.proxy.tls;

/**
 * On which terms TLS is spoken, on either side.
 *
 * @param engines makes the engines that speak it
 * @param trust judges the peer's certificate; {@code null} if it does not matter
 */
public record TlsTerms(TlsEngines engines, Trust trust) {}
