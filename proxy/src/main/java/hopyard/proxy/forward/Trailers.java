package hopyard.proxy.forward;

import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Set;

/** Which trailer fields may be passed on (RFC 9110 §6.5.1): none that frame, route or authenticate a message. */
final class Trailers {

    private static final Set<HttpString> FORBIDDEN = Set.of(
            Headers.TRANSFER_ENCODING,
            Headers.CONTENT_LENGTH,
            Headers.CONTENT_ENCODING,
            Headers.CONTENT_TYPE,
            Headers.CONTENT_RANGE,
            Headers.TRAILER,
            Headers.HOST,
            Headers.CONNECTION,
            Headers.UPGRADE,
            Headers.EXPECT,
            Headers.TE,
            Headers.AUTHORIZATION,
            Headers.COOKIE,
            Headers.SET_COOKIE,
            Headers.LOCATION,
            Headers.VIA);

    private Trailers() {}

    static boolean mayForward(HttpString name) {
        return !FORBIDDEN.contains(name);
    }
}
