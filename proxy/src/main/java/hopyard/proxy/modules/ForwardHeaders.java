package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.Slots;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Fields that a module writes itself into every forwarded request of a location, in place of the client's. */
interface ForwardHeaders {

    /** The key under which a location keeps them. */
    Slots.Key<List<ForwardHeaders>> KEY = new Slots.Key<>();

    /** Adds fields to every request that is forwarded. */
    static void add(Location location, ForwardHeaders headers) {
        List<ForwardHeaders> all = new ArrayList<>(of(location));
        all.add(headers);
        location.slots().put(KEY, all);
    }

    /** Returns what the modules that are compiled so far add to forwarded requests. */
    static List<ForwardHeaders> of(Location location) {
        List<ForwardHeaders> all = location.slots().get(KEY);
        return all == null ? List.of() : all;
    }

    /** Returns the same for a location that sets some fields by its configuration. */
    static List<ForwardHeaders> beside(Set<HttpString> configured, Location location) {
        return of(location).stream().map(each -> each.beside(configured)).toList();
    }

    /**
     * Returns the same without those fields that the configuration sets and of which there may be one only: a request
     * that has two of them has none for whoever reads it.
     */
    ForwardHeaders beside(Set<HttpString> configured);

    /** Returns the names of these fields, which are not passed on from the client. */
    Set<HttpString> names();

    /** Returns the directive that asks for these fields. */
    Directive directive();

    void write(Exchange exchange, HeadWriter out);
}
