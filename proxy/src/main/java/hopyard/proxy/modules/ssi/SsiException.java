package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;

/** A command cannot be obeyed. The reason has been logged. */
final class SsiException extends Exception {

    private static final long serialVersionUID = 1;

    SsiException() {
        super(null, null, false, false);
    }

    /** Logs why, and returns the exception. */
    static SsiException logged(Exchange exchange, String why) {
        exchange.log(ErrorLog.Level.ERROR, why);
        return new SsiException();
    }
}
