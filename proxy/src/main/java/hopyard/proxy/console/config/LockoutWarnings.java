package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.ConsoleLocation;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Configuration.Endpoint;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationSource;
import hopyard.proxy.server.Regex;
import hopyard.proxy.server.VirtualServer;
import hopyard.trace.Addresses;
import io.undertow.util.Headers;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Says what a configuration will do to whoever puts it to work: whether the same request would still find a console
 * that lets itself be asked for another configuration. What depends on more than the request's address, host and path
 * is not foreseen.
 */
final class LockoutWarnings {

    /** For the expressions of a text that anybody may have tested. */
    private static final Duration TIME = Duration.ofSeconds(1);

    private final Exchange asked;
    private final Configuration next;
    private final ArrayNode warnings = Json.array();

    private LockoutWarnings(Exchange asked, Configuration next) {
        this.asked = asked;
        this.next = next;
    }

    /** The warnings, each with a {@code code} and a {@code text}: those of nginx, and what locks the asker out. */
    static ArrayNode of(Exchange asked, Configuration next) {
        LockoutWarnings foresight = new LockoutWarnings(asked, next);
        try {
            Regex.within(TIME, foresight::look);
        } catch (Regex.LimitReached e) {
            foresight.warn(
                    "regex",
                    "whether the console can be reached after this takes too long to find out: " + e.getMessage());
        }
        for (String warning : next.warnings()) {
            foresight.warn("nginx", "nginx: [warn] " + Paths.fromBytes(warning));
        }
        return foresight.warnings;
    }

    private void warn(String code, String text) {
        warnings.addObject().put("code", code).put("text", text);
    }

    private void look() {
        Endpoint endpoint =
                next.endpointFor(asked.client().listening(), asked.client().local());
        if (endpoint == null) {
            warn(
                    "listen",
                    "after this, nobody listens at " + asked.client().ends().at() + ", where you are: " + elsewhere());
            return;
        }
        String scheme = endpoint.tls() == null ? "http" : "https";
        if (!scheme.equals(asked.scheme())) {
            warn(
                    "scheme",
                    "after this, reach the console by " + scheme + " instead of " + asked.scheme() + ": "
                            + elsewhere());
        }
        if (endpoint.proxyProtocol() && asked.client().proxyProtocol() == null) {
            warn(
                    "proxy_protocol",
                    "after this, " + asked.client().ends().at()
                            + " is for load balancers only: \"proxy_protocol\" has each connection begin with a line that browsers do"
                            + " not send");
        }
        VirtualServer server = endpoint.servers().named(asked.host());
        Location location = server.locate(asked.uri(), null).forMethod("POST");
        LocationHandlers handlers = LocationHandlers.of(location);
        if (handlers.content() instanceof ConsoleLocation console) {
            look(handlers, console);
        } else {
            warn(
                    "location",
                    "after this, the console is no longer at " + asked.uri() + " of host \"" + asked.host()
                            + "\", which " + place(location.directive()) + " serves then: " + elsewhere());
        }
    }

    private void look(LocationHandlers handlers, ConsoleLocation console) {
        LocationSource source = handlers.source();
        if (!console.mayEdit()) {
            warn(
                    "edit",
                    "after this, this page can no longer change the configuration: " + place(console.directive())
                            + " lacks \"edit\"");
        }
        if (!console.guard().answersFor(asked)) {
            warn(
                    "server_name",
                    "after this, the console does not answer for the host \"" + asked.host()
                            + "\": it is no server_name any more");
        }
        boolean isDenied = handlers.denies(asked);
        boolean satisfiesAny = has(source, "satisfy", "any");
        boolean asksForPassword = has(source, "auth_basic", null)
                && !has(source, "auth_basic", "off")
                && has(source, "auth_basic_user_file", null)
                && asked.header(Headers.AUTHORIZATION) == null;
        if (isDenied && !(satisfiesAny && asksForPassword)) {
            warn(
                    "deny",
                    "after this, the console refuses you: your address, "
                            + asked.remoteAddress().getAddress().getHostAddress() + ", is not allowed by "
                            + place(directive(source, "deny")));
        }
        if (asksForPassword && !(satisfiesAny && !isDenied)) {
            warn(
                    "auth_basic",
                    "after this, the console asks for a user and a password: "
                            + place(directive(source, "auth_basic")));
        }
        for (String name : new String[] {"auth_request", "internal", "return"}) {
            if (has(source, name, null)) {
                warn(name, "after this, " + place(directive(source, name)) + " stands before the console");
            }
        }
    }

    private static boolean has(LocationSource source, String name, String arg) {
        Directive directive = directive(source, name);
        return directive != null && (arg == null || directive.arg(0).equals(arg));
    }

    private static Directive directive(LocationSource source, String name) {
        for (Directive directive : source.directives()) {
            if (directive.name().equals(name)) {
                return directive;
            }
        }
        return null;
    }

    private static String place(Directive directive) {
        return directive == null
                ? "a rule"
                : "\"" + directive.name() + "\" (" + Paths.fromBytes(directive.place()) + ")";
    }

    /** Where consoles are then. */
    private String elsewhere() {
        Set<String> urls = new LinkedHashSet<>();
        for (Location location : next.locations()) {
            if (LocationHandlers.of(location).content() instanceof ConsoleLocation) {
                for (Endpoint endpoint : next.endpoints()) {
                    endpoint.servers()
                            .all()
                            .filter(server -> server.level().directive()
                                    == location.source().server().directive())
                            .forEach(server -> urls.add(url(endpoint, server) + location.name()));
                }
            }
        }
        return urls.isEmpty() ? "there is no other" : "reach it at " + String.join(" or ", urls);
    }

    private String url(Endpoint endpoint, VirtualServer server) {
        String scheme = endpoint.tls() == null ? "http" : "https";
        if (!(endpoint.address() instanceof InetSocketAddress inet)) {
            return Addresses.text(endpoint.address()) + ":";
        }
        String host = asked.host();
        if (endpoint.servers().named(host) != server) {
            host = server.name().isEmpty() ? Addresses.host(inet.getAddress()) : server.name();
        }
        int usual = endpoint.tls() == null ? 80 : 443;
        return scheme + "://" + host + (inet.getPort() == usual ? "" : ":" + inet.getPort());
    }
}
