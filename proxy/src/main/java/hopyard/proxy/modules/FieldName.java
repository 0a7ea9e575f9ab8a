package hopyard.proxy.modules;

import hopyard.http.Tokens;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;

/** Checks names of fields in the configuration (RFC 9110 §5.1). */
final class FieldName {

    private FieldName() {}

    /**
     * Whether the first argument of a directive can be the name of a field. nginx sends any text as a name; here, a
     * warning says that the field is left out.
     */
    static boolean isOne(Scope scope, Directive d) {
        boolean isName = Tokens.isToken(d.arg(0));
        if (!isName) {
            Build.of(scope).warn("invalid header name \"" + d.arg(0) + "\" in " + d.place() + ", it is left out");
        }
        return isName;
    }
}
