package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Template;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code proxy_set_header} line.
 *
 * @param value the value; {@code null} stands for the host of proxy_pass
 */
record SetHeader(HttpString name, Template value, Directive directive) {

    static final class Reader implements ValueReader.Repeated<List<SetHeader>> {
        @Override
        public List<SetHeader> read(Scope scope, Directive d, List<SetHeader> former) throws ConfException {
            Template value = Build.of(scope).template(d.arg(1), d).onOneLine();
            if (!FieldName.isOne(scope, d)) {
                return former;
            }
            List<SetHeader> headers = former == null ? new ArrayList<>() : former;
            headers.add(new SetHeader(new HttpString(d.arg(0)), value, d));
            return headers;
        }
    }
}
