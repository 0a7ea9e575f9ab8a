package hopyard.proxy.exchange;

import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Recognizes browsers that need special treatment.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_disable">keepalive_disable</a>
 */
public final class Browsers {

    private static final Pattern MSIE6 = Pattern.compile("MSIE ([1-5]\\.|6\\.(?!.*SV1))");

    private Browsers() {}

    /** Whether the client's browser is an Internet Explorer: {@code $msie}. */
    public static boolean isMsie(HeaderMap request) {
        String agent = request.getFirst(Headers.USER_AGENT);
        return agent != null && isMsie(agent);
    }

    /**
     * Whether the client's browser shows its own error page in place of a short one.
     *
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#msie_padding">msie_padding</a>
     */
    static boolean isPadded(HeaderMap request) {
        String agent = request.getFirst(Headers.USER_AGENT);
        return agent != null && (isMsie(agent) || agent.contains("Chrome/"));
    }

    private static boolean isMsie(String agent) {
        int at = agent.indexOf("MSIE ");
        return at >= 0 && at + 7 < agent.length() && !agent.contains("Opera");
    }

    /**
     * Whether the client's browser is better redirected by a page.
     *
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#msie_refresh">msie_refresh</a>
     */
    static boolean isRefreshed(HeaderMap request) {
        return isMsie(request);
    }

    /**
     * Whether {@code keepalive_disable} applies to the client of this request.
     *
     * @param named the values of the directive
     */
    static boolean isTroubled(Set<String> named, String method, HeaderMap request) {
        boolean msie6 = named.contains("msie6") && method.equals("POST");
        boolean safari = named.contains("safari");
        if (!msie6 && !safari) {
            return false;
        }
        String agent = request.getFirst(Headers.USER_AGENT);
        return agent != null
                && (msie6 && MSIE6.matcher(agent).find()
                        || safari
                                && agent.contains("Safari/")
                                && agent.contains("Mac OS X")
                                && !agent.contains("Chrome"));
    }
}
