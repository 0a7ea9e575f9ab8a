package hopyard.proxy.http;

/** What this server calls itself. */
public final class ServerName {

    /** The release. */
    public static final String VERSION = "0.1.0";

    /** The {@code Server} header and the foot of error pages; the form is nginx's. */
    public static final String TEXT = "hopyard/" + VERSION;

    /** The pseudonym in {@code Via} and {@code Proxy-Status} (RFC 9110 §7.6.3, RFC 9209 §2). */
    public static final String PSEUDONYM = "hopyard";

    private ServerName() {}
}
