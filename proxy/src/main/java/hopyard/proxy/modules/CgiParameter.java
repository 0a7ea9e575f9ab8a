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
 * A parameter that an app gets: a line {@code fastcgi_param}, or that of another module.
 *
 * @param ifNotEmpty whether it is left out when it is empty
 */
record CgiParameter(String name, Template value, boolean ifNotEmpty, Directive directive) {

    /** What the names of parameters begin with that hold the client's fields. */
    static final String FIELD = "HTTP_";

    /** Whether the parameter stands in the place of a field of the client's. */
    boolean isField() {
        return name.startsWith(FIELD) && name.length() > FIELD.length();
    }

    /** Returns the name of that field. */
    HttpString field() {
        return new HttpString(name.substring(FIELD.length()).replace('_', '-'));
    }

    /** Whether the parameter is never sent, as one for a field that the app is not to get. */
    boolean isNothing() {
        return isField() && value.isConstant() && value.text().isEmpty();
    }

    static final class Reader implements ValueReader.Repeated<List<CgiParameter>> {
        @Override
        public List<CgiParameter> read(Scope scope, Directive d, List<CgiParameter> former) throws ConfException {
            List<CgiParameter> all = former == null ? new ArrayList<>() : former;
            boolean ifNotEmpty = d.args().size() > 2;
            if (ifNotEmpty && !d.arg(2).equals("if_not_empty")) {
                throw d.error("invalid parameter \"" + d.arg(2) + "\"");
            }
            all.add(new CgiParameter(d.arg(0), Build.of(scope).template(d.arg(1), d), ifNotEmpty, d));
            return all;
        }
    }
}
