package hopyard.proxy.exchange;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;

/**
 * The value of {@code large_client_header_buffers}: how many long lines a request's header may have.
 *
 * @param count how many lines of that size there may be
 * @param size the length of the longest line, in bytes
 */
record HeaderBuffers(int count, long size) {

    static final class Reader implements ValueReader<HeaderBuffers> {
        @Override
        public HeaderBuffers read(Scope scope, Directive d, HeaderBuffers former) throws ConfException {
            int count = Values.parseNumber(d.arg(0));
            if (count <= 0) {
                throw d.directiveError("invalid value");
            }
            long size = Values.size(d, 1);
            if (size == 0) {
                throw d.directiveError("invalid value");
            }
            if (size > Integer.MAX_VALUE / count) {
                throw d.directiveError("must not be more than " + Integer.MAX_VALUE + " bytes in all");
            }
            return new HeaderBuffers(count, size);
        }
    }
}
