package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.forward.ForwardSettings;
import java.util.List;

/**
 * What the modules have made of their directives in a scope, once each level has taken over what it does not say itself: for
 * who explains a configuration without serving it.
 */
public final class Merged {

    private Merged() {}

    /** The {@code allow} and {@code deny} lines that count, in their order. */
    public static List<Directive> accessRules(Scope scope) {
        return AccessModule.rules(scope);
    }

    /** Whether a password or another server's consent is asked for. */
    public static boolean asksWho(Scope scope) {
        return AuthBasicModule.isOn(scope) || AuthRequestModule.isOn(scope);
    }

    /** The {@code add_header} lines that count. */
    public static List<Directive> addedHeaders(Scope scope) {
        return HeadersModule.added(scope);
    }

    /** The {@code proxy_pass} that counts; {@code null} if there is none. */
    public static Directive proxyPass(Scope scope) {
        return ProxyModule.pass(scope);
    }

    /** The {@code proxy_set_header} lines that count. */
    public static List<Directive> setHeaders(Scope scope) {
        return ProxyModule.setHeaders(scope);
    }

    /** How requests are forwarded in a scope that has a {@link #proxyPass}. */
    public static ForwardSettings forward(Scope scope) {
        return ForwardSettings.SETTINGS.of(scope);
    }

    /** Whether names can be looked up while the proxy runs. */
    public static boolean hasResolver(Scope scope) {
        return ResolverModule.isSet(scope);
    }

    /** Whether the client's address is taken from what a peer says. */
    public static boolean takesRealIp(Scope scope) {
        return RealIpModule.isOn(scope);
    }
}
