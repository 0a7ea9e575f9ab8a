package hopyard.trace;

/**
 * The parameters of a member of {@code Hop-Trace} that few members have: TLS on its connections, and what a database
 * did. Those that it does not know are of a later version, and are skipped.
 */
final class OptionalParameters {

    private String protocol;
    private String cipher;
    private String group;
    private String alpn;
    private String serverName;
    private Boolean resumed;
    private double handshake = -1;
    private String toProtocol;
    private String toCipher;

    private boolean isDatabase;
    private long pid = -1;
    private double wait = -1;
    private int queries = -1;
    private int rows = -1;
    private String error;

    /**
     * Takes a parameter.
     *
     * @throws StructuredList.Malformed if the value is not of the parameter's type
     */
    void take(String key, Object v) throws StructuredList.Malformed {
        switch (key) {
            case "tls" -> protocol = StructuredList.as(String.class, v);
            case "cipher" -> cipher = StructuredList.as(String.class, v);
            case "group" -> group = StructuredList.as(String.class, v);
            case "alpn" -> alpn = StructuredList.as(String.class, v);
            case "sni" -> serverName = StructuredList.as(String.class, v);
            case "resumed" -> resumed = StructuredList.as(Boolean.class, v);
            case "handshake" -> handshake = StructuredList.millis(v);
            case "to-tls" -> toProtocol = StructuredList.as(String.class, v);
            case "to-cipher" -> toCipher = StructuredList.as(String.class, v);
            case "pid", "wait", "queries", "rows", "error" -> takeOfDatabase(key, v);
            default -> {
                // a parameter of a later version
            }
        }
    }

    private void takeOfDatabase(String key, Object v) throws StructuredList.Malformed {
        isDatabase = true;
        switch (key) {
            case "pid" -> pid = StructuredList.as(Long.class, v);
            case "wait" -> wait = StructuredList.millis(v);
            case "queries" -> queries = StructuredList.small(v);
            case "rows" -> rows = StructuredList.small(v);
            default -> error = StructuredList.as(String.class, v);
        }
    }

    /** Returns TLS on the connection that the request came in on; {@code null} if it is not spoken. */
    HopTls tls() {
        return protocol == null ? null : new HopTls(protocol, cipher, group, alpn, serverName, resumed, handshake);
    }

    /** Returns TLS on the connection that the hop forwarded on; {@code null} if it is not spoken. */
    HopTls toTls() {
        return toProtocol == null ? null : HopTls.of(toProtocol, toCipher);
    }

    /** Returns what the hop did as a database; {@code null} if it is none. */
    HopDatabase database() {
        return isDatabase ? new HopDatabase(pid, wait, queries, rows, error) : null;
    }
}
