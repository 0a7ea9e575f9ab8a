package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.PhaseHandler;
import hopyard.proxy.server.SharedZone;
import java.util.List;

/**
 * What the handlers of limit_req and limit_conn have in common: which requests they count, and what they tell of one
 * that is only rehearsed.
 *
 * @param name {@code limit_req} or {@code limit_conn}
 * @param verdict the key of {@code $limit_req_status} or {@code $limit_conn_status}
 * @param check counts a request that is to be counted
 */
record LimitHandler<L extends LimitHandler.Limit>(
        String name, ExchangeKey<String> verdict, List<L> limits, Refusals refusals, Check<L> check)
        implements PhaseHandler {

    /** A limit in force. */
    interface Limit {
        SharedZone<? extends KeyedZone<?>> zone();

        Directive directive();
    }

    /** Counts a request by all limits of a location. */
    interface Check<L> {
        Result of(Exchange exchange, List<L> limits, Refusals refusals);
    }

    @Override
    public Result handle(Exchange exchange) {
        if (exchange.isSubrequest() || exchange.get(verdict) != null) {
            return Result.NEXT;
        }
        return exchange.trail() == null ? check.of(exchange, limits, refusals) : rehearse(exchange);
    }

    private Result rehearse(Exchange exchange) {
        for (Limit limit : limits) {
            LimitKey.tell(exchange, limit.directive(), limit.zone().data().key().eval(exchange));
            exchange.put(verdict, "PASSED");
        }
        refusals.tell(exchange, name);
        return Result.NEXT;
    }
}
