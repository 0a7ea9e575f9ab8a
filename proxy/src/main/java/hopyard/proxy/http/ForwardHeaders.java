package hopyard.proxy.http;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.io.HeadWriter;
import io.undertow.util.HttpString;
import java.util.Set;

/** Fields that a module writes itself into every forwarded request, in place of the client's. */
public interface ForwardHeaders {

    /** Returns the names of these fields, which are not passed on from the client. */
    Set<HttpString> names();

    /** Returns the directive that asks for these fields. */
    Directive directive();

    void write(Exchange exchange, HeadWriter out);
}
