package hopyard.proxy.modules;

import hopyard.http.Tokens;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Template;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Setters for directives that hold one value and may stand once at each level: nginx's {@code ngx_conf_set_flag_slot} and
 * its kin.
 */
final class Slots {

    /** Reads the value of a directive. */
    @FunctionalInterface
    interface Reader<V> {
        V read(Directive d) throws ConfException;
    }

    private Slots() {}

    /**
     * @param key whose settings hold the value
     * @param get what is held; {@code null} as long as nothing was set
     */
    static <S, V> Command.Setter once(Scope.Key<S> key, Function<S, V> get, BiConsumer<S, V> set, Reader<V> reader) {
        return (loader, scope, d) -> {
            S settings = scope.get(key);
            if (get.apply(settings) != null) {
                throw d.directiveError("is duplicate");
            }
            set.accept(settings, reader.read(d));
        };
    }

    /**
     * Whether the first word of a directive can be a field's name (RFC 9110 §5.1). nginx writes whatever it is; here, the
     * field is left out and a warning says so.
     */
    static boolean isFieldName(Scope scope, Directive d) {
        boolean isName = Tokens.isToken(d.arg(0));
        if (!isName) {
            Build.of(scope).warn("invalid header name \"" + d.arg(0) + "\" in " + d.place() + ", it is left out");
        }
        return isName;
    }

    static <S> Command.Setter flag(Scope.Key<S> key, Function<S, Boolean> get, BiConsumer<S, Boolean> set) {
        return once(key, get, set, Values::flag);
    }

    static <S> Command.Setter template(Scope.Key<S> key, Function<S, Template> get, BiConsumer<S, Template> set) {
        return (loader, scope, d) -> {
            Template value = Build.of(scope).template(d.arg(0), d);
            once(key, get, set, line -> value).set(loader, scope, d);
        };
    }

    static <S> Command.Setter number(Scope.Key<S> key, Function<S, Integer> get, BiConsumer<S, Integer> set) {
        return once(key, get, set, d -> Values.number(d, 0));
    }

    static <S> Command.Setter size(Scope.Key<S> key, Function<S, Long> get, BiConsumer<S, Long> set) {
        return once(key, get, set, d -> Values.size(d, 0));
    }

    static <S> Command.Setter millis(Scope.Key<S> key, Function<S, Long> get, BiConsumer<S, Long> set) {
        return once(key, get, set, d -> Values.millis(d, 0));
    }
}
