package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LIMIT_EXCEPT;
import static hopyard.proxy.conf.Context.LOCATION_IF;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;

/**
 * A {@code proxy_pass} line, or its URL for one request.
 *
 * @param url the whole URL if it has variables, else {@code null}
 * @param isTls whether the URL begins with {@code https://}
 * @param host the part of the URL behind the scheme, up to the URI
 * @param uri the part of the URL behind the host; empty if there is none
 */
record ProxyPass(Template url, boolean isTls, String host, String uri, Directive directive) {

    static final Settings<Own> SETTINGS = Settings.ofLevel(Own::new);

    /** The level's own {@code proxy_pass}, which is not inherited. */
    private record Own(ProxyPass pass) {
        Own(SettingsReader in) {
            this(in.directive("proxy_pass")
                    .means(
                            "Passes the request on to another server; a URI in it takes the place of what the location has matched.")
                    .in(hopyard.proxy.conf.Context.LOCATION, LOCATION_IF, LIMIT_EXCEPT)
                    .read(new Reader()));
        }
    }

    private static final class Reader implements ValueReader<ProxyPass> {
        @Override
        public ProxyPass read(Scope scope, Directive d, ProxyPass former) throws ConfException {
            String url = d.arg(0);
            if (url.contains("$")) {
                return new ProxyPass(Build.of(scope).template(url, d), false, null, "", d);
            }
            ProxyPass pass = parse(url, d);
            if (pass == null) {
                throw d.error("invalid URL prefix");
            }
            Location location = LocationBlock.of(scope).location();
            if (!pass.uri.isEmpty()
                    && (location.kind() == Location.Kind.REGEX
                            || location.kind() == Location.Kind.NAMED
                            || location.base() != location)) {
                throw d.error("\"proxy_pass\" cannot have URI part in location given by regular expression, "
                        + "or inside named location, or inside \"if\" statement, or inside \"limit_except\" block");
            }
            return pass;
        }
    }

    /** Returns a scope's own {@code proxy_pass}; {@code null} if it has none. */
    static ProxyPass own(Scope scope) {
        return SETTINGS.of(scope).pass;
    }

    /**
     * Returns the {@code proxy_pass} in force in a scope; {@code null} if there is none. Only {@code if} and
     * {@code limit_except}, which stand in for a location, take over that of the location.
     */
    static ProxyPass of(Scope scope) {
        ProxyPass own = own(scope);
        boolean standsIn = scope.context() == LOCATION_IF || scope.context() == LIMIT_EXCEPT;
        return own == null && standsIn ? own(scope.parent()) : own;
    }

    /** Parses a URL without variables. Returns {@code null} if it is not a URL. */
    static ProxyPass parse(String url, Directive d) {
        boolean tls = url.regionMatches(true, 0, "https://", 0, 8);
        if (!tls && !url.regionMatches(true, 0, "http://", 0, 7)) {
            return null;
        }
        String rest = url.substring(tls ? 8 : 7);
        if (rest.startsWith("unix:")) {
            int end = rest.indexOf(':', 5);
            return new ProxyPass(
                    null, tls, end < 0 ? rest : rest.substring(0, end), end < 0 ? "" : rest.substring(end + 1), d);
        }
        int end = 0;
        while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
            end++;
        }
        String uri = rest.substring(end);
        return new ProxyPass(null, tls, rest.substring(0, end), uri.startsWith("?") ? "/" + uri : uri, d);
    }

    /** Evaluates the URL for a request. Returns {@code null} if the result is not a URL. */
    ProxyPass evaluated(Exchange exchange) {
        return url == null ? this : parse(url.eval(exchange), directive);
    }

    int defaultPort() {
        return isTls ? 443 : 80;
    }

    String scheme() {
        return isTls ? "https" : "http";
    }

    /** Returns {@code $proxy_host}: the host, with the port unless it is the default one. */
    String hostHeader() {
        return host.startsWith("unix:") ? "localhost" : host.replaceFirst(":" + defaultPort() + "$", "");
    }

    /** Returns {@code $proxy_port}. */
    String port() {
        if (host.startsWith("unix:")) {
            return "";
        }
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(colon + 1) : Integer.toString(defaultPort());
    }
}
