package hopyard.proxy.upstream;

import java.net.UnknownHostException;

/** A name cannot be resolved. The message is nginx's. */
public final class ResolveFailure extends UnknownHostException {

    private static final long serialVersionUID = 1;

    private final boolean mayExist;

    private ResolveFailure(String message, boolean mayExist) {
        super(message);
        this.mayExist = mayExist;
    }

    /** @param code what a name server has answered */
    ResolveFailure(int code) {
        this(code + ": " + text(code), code != DnsMessage.NO_SUCH_NAME);
    }

    /** Returns the failure when no name server has answered in time. */
    static ResolveFailure timedOut() {
        return new ResolveFailure("110: Operation timed out", true);
    }

    private static String text(int code) {
        return switch (code) {
            case DnsMessage.FORMAT_ERROR -> "Format error";
            case 2 -> "Server failure";
            case DnsMessage.NO_SUCH_NAME -> "Host not found";
            case 4 -> "Unimplemented";
            default -> "Operation refused";
        };
    }

    /** Whether the name may exist all the same. */
    public boolean mayExist() {
        return mayExist;
    }
}
