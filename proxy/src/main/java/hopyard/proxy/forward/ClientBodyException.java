package hopyard.proxy.forward;

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
}
