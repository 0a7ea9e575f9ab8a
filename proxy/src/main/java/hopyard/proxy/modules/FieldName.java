package hopyard.proxy.modules;

import hopyard.http.Tokens;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.http.Build;

/** Names of header fields in the configuration (RFC 9110 §5.1). */
final class FieldName {

    private FieldName() {}

    /**
     * Whether the first word of a directive can be a field's name. nginx writes whatever it is; here, the field is left out and
     * a warning says so.
     */
    static boolean isOne(Scope scope, Directive d) {
        boolean isName = Tokens.isToken(d.arg(0));
        if (!isName) {
            Build.of(scope).warn("invalid header name \"" + d.arg(0) + "\" in " + d.place() + ", it is left out");
        }
        return isName;
    }
}
