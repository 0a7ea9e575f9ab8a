package hopyard.proxy.http;

import hopyard.proxy.http.PhaseHandler.Result;
import io.undertow.util.Headers;
import java.io.IOException;

/**
 * The way of an exchange through the phases: from handler to handler, into the location for its URI, and elsewhere when a
 * directive, a rewrite or an upstream gives it another URI.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#http_phases">nginx's phases</a>
 */
public final class Phases {

    /** nginx's {@code NGX_HTTP_MAX_URI_CHANGES}: how often a request may be given another URI. */
    private static final int MAX_URI_CHANGES = 10;

    /** The status that a rule of the access phase has said, where another one may still let the request in. */
    private static final ExchangeKey<Integer> DENIED = new ExchangeKey<>();

    private final Exchange exchange;
    private PhaseHandler[] handlers;
    private int next;
    private int uriChanges;
    private boolean uriChanged;
    private boolean locationValid = true;

    Phases(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Begins with the server's rewriting, or where {@link #startAt} says. */
    void start() {
        if (handlers == null) {
            handlers = exchange.server().rewrites();
        }
        proceed();
    }

    /** Has the exchange begin where the other one's response is made: at the content of the same location. */
    void startAt(Phases other) {
        exchange.location(other.exchange.location());
        exchange.hasOriginalUri(other.exchange.hasOriginalUri());
        handlers = exchange.location().handlers();
        next = exchange.location().contentStart();
        locationValid = other.locationValid;
    }

    /** Goes on with the handler after the one that took the exchange. */
    public void proceed() {
        try {
            while (true) {
                Location location = exchange.location();
                if (exchange.isSubrequest() && handlers == location.handlers() && location.isAccessAt(next)) {
                    // who may is decided for the client's request alone
                    next = location.accessEnd();
                } else if (next < handlers.length) {
                    if (handlers[next++].handle(exchange) == Result.TAKEN) {
                        return;
                    }
                } else if (handlers == exchange.server().rewrites()) {
                    if (!enterLocation()) {
                        return;
                    }
                } else {
                    exchange.fail(404);
                    return;
                }
            }
        } catch (IOException | RuntimeException | StackOverflowError e) {
            exchange.specialResponse().crash(e);
        }
    }

    private boolean enterLocation() {
        uriChanged = false;
        locationValid = true;
        Trail trail = exchange.trail();
        String uri = exchange.uri();
        Location location = exchange.server().locate(uri, exchange).forMethod(exchange.method());
        exchange.location(location);
        if (trail != null && location.kind() == Location.Kind.LIMIT_EXCEPT) {
            trail.entered(location, "the method " + exchange.method() + " is none of those");
        }
        if (location.isInternal() && !exchange.isInternal()) {
            if (trail != null) {
                trail.step(Trail.Kind.LOCATION, location.directive(), false, "only internal redirects lead here");
            }
            exchange.fail(404);
            return false;
        }
        if (exchange.server().locations().needsSlash(uri, location)) {
            if (trail != null) {
                trail.step(
                        Trail.Kind.LOCATION,
                        null,
                        null,
                        "the location \"" + uri + "/\" passes requests on, and the slash is missing");
            }
            String args = exchange.args();
            ClientRedirect.send(exchange, 301, Escape.URI.apply(uri) + "/" + (args.isEmpty() ? "" : "?" + args));
            return false;
        }
        handlers = location.handlers();
        next = 0;
        long limit = location.core().clientMaxBodySize();
        long length = exchange.contentLength();
        if (limit > 0 && length > limit && !SpecialResponse.isErrorPage(exchange)) {
            exchange.log(ErrorLog.Level.ERROR, "client intended to send too large body: " + length + " bytes");
            exchange.fail(413);
            return false;
        }
        return true;
    }

    // ---- who may

    /** A rule of the access phase lets the request in; with {@code satisfy any}, that is enough. */
    public Result allow() {
        if (exchange.location().core().satisfiesAny()) {
            exchange.put(DENIED, null);
            exchange.responseHeaders().remove(Headers.WWW_AUTHENTICATE);
            next = exchange.location().accessEnd();
        }
        return Result.NEXT;
    }

    /** A rule of the access phase does not; with {@code satisfy any}, another one may. */
    public Result deny(int status) {
        if (exchange.location().core().satisfiesAny()) {
            exchange.put(DENIED, deniedStatus() == 401 ? 401 : status);
            return Result.NEXT;
        }
        exchange.fail(status);
        return Result.TAKEN;
    }

    /** What the rules of the access phase have come to; 0 if the request may go on. */
    public int deniedStatus() {
        Integer denied = exchange.get(DENIED);
        return denied == null ? 0 : denied;
    }

    // ---- internal redirects

    /**
     * Starts over with another URI, as if it had been requested: nginx's internal redirect.
     *
     * @param uri a decoded URI; one that is unsafe (see {@link RequestTarget#isUnsafe}) is not found
     * @param args the query that goes with it
     */
    public void redirect(String uri, String args) {
        if (RequestTarget.isUnsafe(uri)) {
            logUnsafe(uri);
            exchange.specialResponse().sendPlainly(404);
        } else if (mayChangeUri("internally redirecting to \"" + uri + "\"")) {
            exchange.uri(uri);
            exchange.args(args);
            handlers = exchange.server().rewrites();
            proceed();
        }
    }

    /**
     * Starts over as a directive says: in a named location, or with another URI.
     *
     * @param target {@code @name}, or a URI with or without a query
     */
    public void redirectTo(String target) {
        int query = target.indexOf('?');
        if (target.startsWith("@")) {
            redirectNamed(target);
        } else if (query < 0) {
            redirect(target, "");
        } else {
            redirect(target.substring(0, query), target.substring(query + 1));
        }
    }

    /**
     * Starts over where an upstream's {@code X-Accel-Redirect} leads.
     *
     * @param target {@code @name}, or an encoded URI
     */
    public void redirectFromUpstream(String target) {
        int query = target.indexOf('?');
        String uri = target.startsWith("@")
                ? target
                : RequestTarget.decodeInternal(query < 0 ? target : target.substring(0, query));
        if (uri == null) {
            logUnsafe(target);
            exchange.fail(404);
            return;
        }
        exchange.askWithGet();
        if (uri.startsWith("@")) {
            redirectNamed(uri);
        } else {
            redirect(uri, query < 0 ? "" : target.substring(query + 1));
        }
    }

    /** Says in nginx's words why a URI is not gone to. */
    private void logUnsafe(String unsafe) {
        exchange.log(ErrorLog.Level.ERROR, "unsafe URI \"" + unsafe + "\" was detected");
    }

    /** Goes on in a named location, with the URI as it is. */
    private void redirectNamed(String name) {
        Location named = exchange.server().locations().named(name);
        if (named == null) {
            exchange.log(ErrorLog.Level.ERROR, "could not find named location \"" + name + "\"");
            exchange.specialResponse().sendPlainly(500);
        } else if (mayChangeUri("redirect to named location \"" + name + "\"")) {
            Location location = named.forMethod(exchange.method());
            exchange.location(location);
            if (exchange.trail() != null) {
                exchange.trail().entered(location, "the location of that name, with the URI as it is");
            }
            handlers = location.handlers();
            proceed();
        }
    }

    private boolean mayChangeUri(String doing) {
        next = 0;
        exchange.becomeInternal();
        exchange.upstream().doing(null, null);
        if (exchange.trail() != null) {
            exchange.trail().step(Trail.Kind.REDIRECT, null, null, doing);
        }
        if (++uriChanges <= MAX_URI_CHANGES) {
            return true;
        }
        exchange.log(ErrorLog.Level.ERROR, "rewrite or internal redirection cycle while " + doing);
        exchange.specialResponse().sendPlainly(500);
        return false;
    }

    /** Whether the URI may still be changed, by an error page for instance. */
    boolean mayRedirect() {
        return uriChanges < MAX_URI_CHANGES;
    }

    // ---- rewriting

    /**
     * Gives the request another URI and query, as rewriting does.
     *
     * @param relocates whether the location for it is to be looked for when rewriting ends
     * @return false if the URI is unsafe (see {@link RequestTarget#isUnsafe}), which has been answered
     */
    public boolean rewrite(String uri, String args, boolean relocates) {
        if (RequestTarget.isUnsafe(uri)) {
            logUnsafe(uri);
            exchange.specialResponse().sendPlainly(404);
            return false;
        }
        exchange.uri(uri);
        exchange.args(args);
        exchange.becomeInternal();
        uriChanged = relocates;
        locationValid &= relocates;
        return true;
    }

    /** Rewriting has given the request another URI, so another location may be the one for it. */
    public void relocate() {
        if (mayChangeUri("processing \"" + exchange.uri() + "\"") && enterLocation()) {
            proceed();
        }
    }

    /** Whether the URI still begins with what its location matched. */
    public boolean isLocationValid() {
        return locationValid;
    }

    /** Whether rewriting has given the request a URI whose location is still to be found. */
    public boolean isUriChanged() {
        return uriChanged;
    }

    /** Goes on with the settings of an {@code if} whose condition holds, after the rewriting that is under way. */
    public void enterConditional(Location conditional) {
        exchange.location(conditional);
    }

    /** Has the handlers of the location that rewriting has ended in do the rest. */
    public void continueInLocation() {
        handlers = exchange.location().handlers();
        next = 0;
    }

    /** Whatever the URI is now, the location stays. */
    public void keepLocation() {
        locationValid &= !uriChanged;
        uriChanged = false;
    }
}
