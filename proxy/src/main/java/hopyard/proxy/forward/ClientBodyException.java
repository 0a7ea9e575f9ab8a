package hopyard.proxy.forward;

import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Why;
import java.io.IOException;

/** The client's request body failed; the upstream is not to blame. */
public final class ClientBodyException extends IOException {

    private final int status;

    /**
     * @param status what to answer; 499 if there is nobody left to answer to
     */
    ClientBodyException(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    public int status() {
        return status;
    }

    Why why() {
        return switch (status) {
            case ErrorPages.CLIENT_CLOSED_REQUEST -> Why.CLIENT_LEFT;
            case 503 -> Why.NO_MEMORY;
            default -> Why.ofStatus(status);
        };
    }
}
