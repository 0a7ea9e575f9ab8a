package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * How a location caches: the {@code proxy_cache…} directives.
 *
 * @param zone where responses are kept; {@code null} for nowhere
 * @param line the {@code proxy_cache}
 * @param key what responses are told apart by
 * @param bypass if one of them has a value other than {@code 0}, nothing kept is used
 * @param noCache if one of them has a value other than {@code 0}, nothing is kept
 * @param validMillis how long a response is kept that does not say so itself, by status; status 0 is any status
 * @param useStale in which cases a response that is too old is sent
 * @param updating whether a response that is too old is used while another request fetches a new one
 * @param lockMillis how long to wait while another request fetches; negative for not at all
 * @param lockAgeMillis after how long another one may fetch, too
 * @param revalidate whether the upstream is asked only whether a response that is too old has changed
 * @param backgroundUpdate whether to answer with a response that is too old and fetch a new one meanwhile
 * @param convertHead whether HEAD asks the upstream for the whole response
 * @param minUses how often a response must have been asked for before it is kept
 * @param maxRangeOffset from which first byte on a range is asked of the upstream, and not kept
 * @param methods the methods whose responses are kept
 */
public record CacheSettings(
        Directive line,
        Zone zone,
        Function<Exchange, String> key,
        List<Template> bypass,
        List<Template> noCache,
        Map<Integer, Long> validMillis,
        Set<NextUpstream> useStale,
        boolean updating,
        long lockMillis,
        long lockAgeMillis,
        boolean revalidate,
        boolean backgroundUpdate,
        boolean convertHead,
        int minUses,
        long maxRangeOffset,
        Set<String> methods) {

    /** Where a request's response is kept. */
    @FunctionalInterface
    public interface Zone {
        /**
         * @return {@code null} for nowhere
         * @throws UnknownZoneException if a variable names a zone that there is not
         */
        CacheZone of(Exchange exchange) throws UnknownZoneException;
    }

    /** There is no zone of that name. */
    public static final class UnknownZoneException extends Exception {
        public UnknownZoneException(String name) {
            super("cache \"" + name + "\" not found");
        }
    }

    static boolean isAnyOf(List<Template> conditions, Exchange exchange) {
        for (Template condition : conditions) {
            String value = condition.eval(exchange);
            if (!value.isEmpty() && !value.equals("0")) {
                return true;
            }
        }
        return false;
    }
}
