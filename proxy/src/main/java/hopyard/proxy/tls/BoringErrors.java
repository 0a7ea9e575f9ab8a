package hopyard.proxy.tls;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What BoringSSL says when TLS fails, as {@link OpenSslErrors} reads it. */
final class BoringErrors {

    /**
     * An error of its library for TLS, which is the 16th: a number of twelve bits, the file's library, and the name.
     */
    private static final Pattern ERROR = Pattern.compile("error:10000([0-9a-f]{3}):[^:]*:[^:]*:([A-Z0-9_]+)");

    /** Alerts of the peer have the numbers from here on. */
    private static final int FIRST_ALERT = 1000;

    private BoringErrors() {}

    /** Returns the failure in words of its own, or as the peer's alert that it is; itself if it has neither. */
    static SSLException of(SSLException e) {
        Matcher error = ERROR.matcher(String.valueOf(e.getMessage()));
        if (!error.find()) {
            return e;
        }
        int number = Integer.parseInt(error.group(1), 16);
        return number >= FIRST_ALERT
                ? new TlsAlert(number - FIRST_ALERT, e)
                : new SSLException(error.group(2).toLowerCase(Locale.ROOT).replace('_', ' '), e);
    }
}
