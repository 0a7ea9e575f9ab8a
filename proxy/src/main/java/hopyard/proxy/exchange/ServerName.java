package hopyard.proxy.exchange;

/** The names of this server. */
public final class ServerName {

    /** The version of this release. */
    public static final String VERSION = "0.1.0";

    /** The value of the {@code Server} field, and the foot of error pages, in nginx's form. */
    public static final String TEXT = "hopyard/" + VERSION;

    /** The pseudonym in {@code Via} and {@code Proxy-Status} (RFC 9110 §7.6.3, RFC 9209 §2). */
    public static final String PSEUDONYM = "hopyard";

    private ServerName() {}
}
