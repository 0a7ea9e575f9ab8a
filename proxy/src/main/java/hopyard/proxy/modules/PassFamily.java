package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.ForwardSettings;
import io.undertow.util.HttpString;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The directives that all modules have that pass requests on, each under its own name: {@code proxy_read_timeout},
 * {@code fastcgi_read_timeout}.
 *
 * @param name what the names of the directives begin with
 * @param forward what the forwarding itself reads
 * @param fields which fields are passed on
 * @param sizes of buffers, which only have to fit each other
 * @param caching how responses are kept
 */
record PassFamily(
        String name,
        Settings<ForwardSettings> forward,
        Settings<Fields> fields,
        Settings<ProxyBuffers.Sizes> sizes,
        Settings<ProxyCache.Caching> caching) {

    /** Forwards a request. {@code cache} is {@code null} if the response is not for a cache. */
    interface Handler {
        Result handle(Exchange exchange, CacheUse cache);
    }

    /**
     * Which fields are passed on, of requests and of responses.
     *
     * @param hide fields of responses that the client does not get
     * @param pass fields of responses that it gets though they are usually hidden
     */
    record Fields(boolean passRequestHeaders, Set<HttpString> hide, Set<HttpString> pass) {
        Fields(SettingsReader in) {
            this(
                    in.directive("*_pass_request_headers")
                            .byDefault("on")
                            .means("Whether the app gets the client's fields.")
                            .flag(),
                    in.directive("*_hide_header")
                            .means("A field of the app's response that the client does not get.")
                            .read(new FieldNames(), Set.of()),
                    in.directive("*_pass_header")
                            .means(
                                    "A field of the app's response that the client gets though it is one of those that are hidden.")
                            .read(new FieldNames(), Set.of()));
        }
    }

    static final class FieldNames implements ValueReader.Repeated<Set<HttpString>> {
        @Override
        public Set<HttpString> read(Scope scope, Directive d, Set<HttpString> former) {
            Set<HttpString> names = former == null ? new HashSet<>() : former;
            names.add(new HttpString(d.arg(0)));
            return names;
        }
    }

    /**
     * Returns the directives of a module.
     *
     * @param isHttp whether it speaks HTTP
     */
    static PassFamily of(String name, boolean isHttp) {
        return new PassFamily(
                name,
                ForwardSettings.of(name, isHttp),
                Settings.of(name, Fields::new),
                ProxyBuffers.of(name),
                ProxyCache.of(name, isHttp));
    }

    /** Returns the directives that set something. */
    List<Settings<?>> settings() {
        return List.of(fields, forward, sizes, caching);
    }

    /** Returns the other directives. */
    List<Command> commands() {
        return List.of(ProxyCache.path(name));
    }

    /**
     * Checks what counts in a scope.
     *
     * @throws ConfException if a cache's zone is not defined
     */
    void check(Scope scope) throws ConfException {
        ProxyCache.checkZone(caching.of(scope));
    }

    /**
     * Checks the sizes that count in a scope.
     *
     * @throws ConfException if they do not fit each other
     */
    void checkSizes(Scope scope) throws ConfException {
        ProxyBuffers.check(scope, name, sizes.of(scope), forward.of(scope));
    }
}
