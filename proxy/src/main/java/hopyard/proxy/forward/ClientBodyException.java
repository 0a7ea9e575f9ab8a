package hopyard.proxy.forward;

import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Why;
import io.undertow.util.StatusCodes;
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

    /**
     * Whether the exchange ends without an answer: there is nobody left to answer to, or a stream of HTTP/2 is reset
     * because its content did not come in time. The reason is noted then.
     */
    boolean endsWithoutAnswer(Exchange exchange) {
        if (status == StatusCodes.REQUEST_TIME_OUT && exchange.stream() > 0) {
            exchange.ending().interrupt(Why.CLIENT_TIMEOUT);
            return true;
        }
        return status == ErrorPages.CLIENT_CLOSED_REQUEST;
    }

    Why why() {
        return switch (status) {
            case ErrorPages.CLIENT_CLOSED_REQUEST -> Why.CLIENT_LEFT;
            case 503 -> Why.NO_MEMORY;
            default -> Why.ofStatus(status);
        };
    }
}
