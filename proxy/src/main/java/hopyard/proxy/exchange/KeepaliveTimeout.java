package hopyard.proxy.exchange;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;

/**
 * The value of {@code keepalive_timeout}.
 *
 * @param millis how long an idle connection stays open, in ms; 0 for not at all
 * @param toldSeconds the timeout that the {@code Keep-Alive} field tells, in seconds; 0 for no such field
 */
record KeepaliveTimeout(long millis, long toldSeconds) {

    static final class Reader implements ValueReader<KeepaliveTimeout> {
        @Override
        public KeepaliveTimeout read(Scope scope, Directive d, KeepaliveTimeout former) throws ConfException {
            long millis = Values.millis(d, 0);
            return new KeepaliveTimeout(millis, d.args().size() == 2 ? Values.seconds(d, 1) : 0);
        }
    }
}
