package hopyard.trace;

/**
 * TLS on one of a hop's connections, as the hop itself saw it. The protocol and the cipher are told with each request;
 * the rest, which is about the handshake, with the connection's first one.
 *
 * @param protocol the version, such as {@code TLSv1.3}
 * @param cipher the cipher suite by OpenSSL's name
 * @param group the group of the key exchange by OpenSSL's name; {@code null} if it is not told
 * @param alpn the protocol that was agreed on for what TLS carries (RFC 7301); {@code null} if it is not told
 * @param serverName the host that was asked for (SNI, RFC 6066 §3); {@code null} if it is not told
 * @param resumed whether a session was taken up that was there before; {@code null} if it is not told
 * @param handshake how long the handshake took, in ms; negative if it is not told
 */
public record HopTls(
        String protocol,
        String cipher,
        String group,
        String alpn,
        String serverName,
        Boolean resumed,
        double handshake) {

    /** TLS of which no handshake is told. */
    public static HopTls of(String protocol, String cipher) {
        return new HopTls(protocol, cipher, null, null, null, null, -1);
    }
}
