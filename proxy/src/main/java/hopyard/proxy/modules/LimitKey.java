package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.io.ErrorLog;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The key that a request counts for in the zone of a limit_req or limit_conn. */
final class LimitKey {

    /** How many characters of a key that is too long are logged; nginx cuts a line off at 2048. */
    private static final int MAX_LOGGED = 1024;

    private LimitKey() {}

    /** Tells the trail of a rehearsed request, which is not counted, the key that it would count for. */
    static void tell(Exchange exchange, Directive limit, String key) {
        // $binary_remote_addr is not text
        boolean isText = key.chars().allMatch(c -> c >= ' ' && c != 0x7f);
        String shown =
                isText ? "\"" + key + "\"" : "0x" + HexFormat.of().formatHex(key.getBytes(StandardCharsets.ISO_8859_1));
        exchange.trail()
                .step(
                        Trail.Kind.LIMIT,
                        limit,
                        null,
                        key.isEmpty() ? "does not count the request: its key is empty" : "counts for the key " + shown);
    }

    /** Whether a key is longer than nginx's zones can hold. If so, logs that the limit does not apply. */
    static boolean isTooLong(Exchange exchange, Template template, String key, int max) {
        if (key.length() <= max) {
            return false;
        }
        exchange.log(
                ErrorLog.Level.ERROR,
                "the value of the \"" + template.text() + "\" key is more than " + max + " bytes: \""
                        + key.substring(0, Math.min(key.length(), MAX_LOGGED)) + "\"");
        return true;
    }
}
