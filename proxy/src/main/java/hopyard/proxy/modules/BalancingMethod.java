package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.upstream.Balancing;

/**
 * How a group chooses the server for a request.
 *
 * @param key the text that the choice depends on; {@code null} if none is configured
 */
record BalancingMethod(Balancing balancing, Template key) {

    static final BalancingMethod ROUND_ROBIN = new BalancingMethod(Balancing.ROUND_ROBIN, null);

    static final class Reader implements ValueReader.Repeated<BalancingMethod> {
        @Override
        public BalancingMethod read(Scope scope, Directive d, BalancingMethod former) throws ConfException {
            BalancingMethod method = new BalancingMethod(balancing(d), null);
            if (former != null) {
                Build.of(scope).warn("load balancing method redefined in " + d.place());
            }
            return d.name().equals("hash")
                    ? new BalancingMethod(method.balancing, Build.of(scope).template(d.arg(0), d))
                    : method;
        }
    }

    private static Balancing balancing(Directive d) throws ConfException {
        return switch (d.name()) {
            case "least_conn" -> Balancing.LEAST_CONN;
            case "ip_hash" -> Balancing.IP_HASH;
            case "hash" -> hash(d);
            default -> random(d);
        };
    }

    private static Balancing hash(Directive d) throws ConfException {
        boolean consistent = d.args().size() == 2;
        if (consistent && !d.arg(1).equals("consistent")) {
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        return consistent ? Balancing.CONSISTENT_HASH : Balancing.HASH;
    }

    private static Balancing random(Directive d) throws ConfException {
        if (!d.args().isEmpty() && !d.arg(0).equals("two")) {
            throw d.error("invalid parameter \"" + d.arg(0) + "\"");
        }
        if (d.args().size() == 2 && !d.arg(1).equals("least_conn")) {
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        return d.args().isEmpty() ? Balancing.RANDOM : Balancing.RANDOM_TWO;
    }
}
