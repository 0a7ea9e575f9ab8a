package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;

/**
 * What {@code keepalive_timeout} says.
 *
 * @param millis how long an idle connection stays open; 0 for not at all
 * @param toldSeconds what a {@code Keep-Alive: timeout} field says; 0 for no such field
 */
record KeepaliveTimeout(long millis, long toldSeconds) {

    static final class Reader implements ValueReader<KeepaliveTimeout> {
        @Override
        public KeepaliveTimeout read(Scope scope, Directive d, KeepaliveTimeout former) throws ConfException {
            long millis = Values.millis(d, 0);
            return new KeepaliveTimeout(millis, d.args().size() == 2 ? Values.millis(d, 1) / 1000 : 0);
        }
    }
}
