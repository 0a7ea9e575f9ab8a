package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.forward.ForwardSettings;
import java.util.List;

/**
 * The settings of the modules in a scope after inheritance, for code that explains a configuration without serving it.
 */
public final class Merged {

    private Merged() {}

    /** Returns the {@code allow} and {@code deny} lines that are in force, in their order. */
    public static List<Directive> accessRules(Scope scope) {
        return AccessModule.rules(scope);
    }

    /** Whether {@code auth_basic} or {@code auth_request} is on. */
    public static boolean asksWho(Scope scope) {
        return AuthBasicModule.isOn(scope) || AuthRequestModule.isOn(scope);
    }

    /** Returns the {@code add_header} lines that are in force. */
    public static List<Directive> addedHeaders(Scope scope) {
        return HeadersModule.added(scope);
    }

    /** Returns the {@code proxy_pass} that is in force; {@code null} if there is none. */
    public static Directive proxyPass(Scope scope) {
        return ProxyModule.pass(scope);
    }

    /** Returns the {@code proxy_set_header} lines that are in force. */
    public static List<Directive> setHeaders(Scope scope) {
        return ProxyModule.setHeaders(scope);
    }

    /** Returns how requests are forwarded in a scope that has a {@link #proxyPass}. */
    public static ForwardSettings forward(Scope scope) {
        return ProxyModule.forward(scope);
    }

    /** Returns the {@code proxy_http_version} that is in force. */
    public static String httpVersion(Scope scope) {
        return ProxyModule.httpVersion(scope);
    }

    /** Whether names can be looked up while the proxy runs. */
    public static boolean hasResolver(Scope scope) {
        return ResolverModule.isSet(scope);
    }

    /** Whether the client's address is taken from what a trusted peer says. */
    public static boolean takesRealIp(Scope scope) {
        return RealIpModule.isOn(scope);
    }
}
