package hopyard.proxy.http;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.upstream.HeadWriter;
import io.undertow.util.HttpString;
import java.util.Set;

/** Header fields that a module writes itself on every request that is forwarded, in place of the client's. */
public interface ForwardHeaders {

    /** The fields that the module owns: the client's are not passed on. */
    Set<HttpString> names();

    /** The directive that has them written. */
    Directive directive();

    void write(Exchange exchange, HeadWriter out);
}
