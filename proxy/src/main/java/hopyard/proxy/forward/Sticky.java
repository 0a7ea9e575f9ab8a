package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.UpstreamGroup;

/** Keeps a client with the server of a group that it had before: the group's {@code sticky}. */
public interface Sticky {

    /** A group without it: a client may have any server. */
    Sticky NONE = new Sticky() {};

    /** Returns that of a group. */
    static Sticky of(UpstreamGroup group) {
        return group.affinity() == null ? NONE : (Sticky) group.affinity();
    }

    /** Returns the id of the server that a request is for; {@code null} if it may be any. */
    default String wanted(Exchange exchange) {
        return null;
    }

    /** Notes which server is asked now. */
    default void asked(Exchange exchange, Peer server) {}

    /** Notes which server has answered: its response has begun. */
    default void answered(Exchange exchange, Peer server) {}

    /** Notes which server has sent its whole response. */
    default void ended(Exchange exchange, Peer server) {}
}
