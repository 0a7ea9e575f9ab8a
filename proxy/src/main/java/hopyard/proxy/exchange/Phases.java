package hopyard.proxy.exchange;

import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Escape;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationSearch;
import io.undertow.util.Headers;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Runs an exchange through the phases: from handler to handler, into the location for its URI, and into another one
 * when a directive, a rewrite or an upstream sets another URI.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#http_phases">nginx's phases</a>
 */
public final class Phases {

    /** How often the URI of a request may change: nginx's {@code NGX_HTTP_MAX_URI_CHANGES}. */
    private static final int MAX_URI_CHANGES = 10;

    /** The status of an access rule that has denied the request, while another rule may still allow it. */
    private static final ExchangeKey<Integer> DENIED = new ExchangeKey<>();

    private final Exchange exchange;
    private PhaseHandler[] handlers;
    private int next;
    private int uriChanges;
    /** Whether the handlers are those that the server has for a request before its location is chosen. */
    private boolean isInServer;

    private boolean uriChanged;
    private boolean locationValid = true;
    private boolean isContentLost;

    Phases(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Starts the phases at the server's rewriting, or where {@link #startAt} says. */
    void start() {
        if (handlers == null) {
            enterServer();
        }
        proceed();
    }

    private void enterServer() {
        isInServer = true;
        handlers = LocationHandlers.of(exchange.server().level()).rewrites();
    }

    private void enter(LocationHandlers those, int first) {
        isInServer = false;
        handlers = those.handlers();
        next = first;
    }

    /** Lets the exchange start at the content phase of another exchange's location. */
    void startAt(Phases other) {
        exchange.location(other.exchange.location());
        exchange.hasOriginalUri(other.exchange.hasOriginalUri());
        enter(exchange.handlers(), exchange.handlers().contentStart());
        locationValid = other.locationValid;
        exchange.variables().captureAs(other.exchange.variables());
    }

    /** Lets the exchange start in a named location. Returns false if there is none of that name. */
    boolean startAtNamed(String name) {
        Location named = exchange.server().locations().named(name);
        if (named != null) {
            exchange.location(named.forMethod(exchange.method()));
            enter(exchange.handlers(), 0);
        }
        return named != null;
    }

    /** Goes on with the handler after the one that took the exchange. */
    public void proceed() {
        try {
            while (true) {
                LocationHandlers its = exchange.handlers();
                if (exchange.isSubrequest() && handlers == its.handlers() && its.isAccessAt(next)) {
                    // access rules are only for the client's request, not for a subrequest
                    next = its.accessEnd();
                } else if (next < handlers.length) {
                    if (handlers[next++].handle(exchange) == Result.TAKEN) {
                        return;
                    }
                } else if (isInServer) {
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
        Trail trail = exchange.trail();
        String uri = exchange.uri();
        Location found = locate(uri);
        Location withSlash = exchange.server().locations().withSlash(uri, found);
        Location location = (withSlash == null ? found : withSlash).forMethod(exchange.method());
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
        enter(exchange.handlers(), 0);
        long limit = exchange.core().clientMaxBodySize();
        long length = exchange.contentLength();
        if (limit > 0 && length > limit && !SpecialResponse.isErrorPage(exchange)) {
            exchange.log(ErrorLog.Level.ERROR, "client intended to send too large body: " + length + " bytes");
            exchange.fail(413);
            return false;
        }
        if (withSlash != null) {
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
        return true;
    }

    private Location locate(String uri) {
        if (exchange.trail() == null) {
            return exchange.server().locate(uri, exchange);
        }
        LocationSearch.Result search = exchange.server().search(uri, exchange);
        exchange.trail().located(search);
        return search.found();
    }

    // ---- who may

    /** Called by an access rule that allows the request. With {@code satisfy any}, this is enough. */
    public Result allow() {
        if (exchange.core().satisfiesAny()) {
            exchange.put(DENIED, null);
            exchange.responseHeaders().remove(Headers.WWW_AUTHENTICATE);
            next = exchange.handlers().accessEnd();
        }
        return Result.NEXT;
    }

    /** Called by an access rule that denies the request. With {@code satisfy any}, another rule may still allow it. */
    public Result deny(int status) {
        if (exchange.core().satisfiesAny()) {
            exchange.put(DENIED, deniedStatus() == 401 ? 401 : status);
            return Result.NEXT;
        }
        failDenied(status);
        return Result.TAKEN;
    }

    /** Answers a request that access rules have denied; a 401 after the time that {@code auth_delay} says. */
    public void failDenied(int status) {
        long delay = status == 401 && exchange.trail() == null ? exchange.core().authDelay() : 0;
        if (delay == 0) {
            exchange.fail(status);
            return;
        }
        exchange.log(ErrorLog.Level.INFO, "delaying unauthorized request");
        exchange.lifetime().pause(Stage.QUEUE);
        exchange.ioThread()
                .executeAfter(
                        () -> {
                            if (exchange.lifetime().resume()) {
                                exchange.fail(status);
                            }
                        },
                        delay,
                        TimeUnit.MILLISECONDS);
    }

    /** Returns the status with which access rules have denied the request so far; 0 if they have not. */
    public int deniedStatus() {
        Integer denied = exchange.get(DENIED);
        return denied == null ? 0 : denied;
    }

    // ---- internal redirects

    /**
     * Starts over with another URI, as if it had been requested: nginx's internal redirect.
     *
     * @param uri a decoded URI; if it is unsafe (see {@link RequestTarget#isUnsafe}), the client gets 404
     * @param args the query that goes with it
     */
    public void redirect(String uri, String args) {
        if (RequestTarget.isUnsafe(uri)) {
            logUnsafe(uri);
            exchange.specialResponse().sendPlainly(404);
        } else if (mayChangeUri("internally redirecting to \"" + uri + "\"")) {
            exchange.uri(uri);
            exchange.args(args);
            FilePath.startOver(exchange);
            locationValid = true;
            enterServer();
            proceed();
        }
    }

    /**
     * Starts over at the target that a directive names: a named location, or another URI.
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
     * Starts over at the target of an upstream's {@code X-Accel-Redirect}.
     *
     * @param target {@code @name}, or an encoded URI
     */
    public void redirectFromUpstream(String target) {
        int query = target.indexOf('?');
        String uri = target.startsWith("@")
                ? target
                : RequestTarget.decodeInternal(query < 0 ? target : target.substring(0, query));
        if (uri == null) {
            logUnsafeTarget(target);
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

    /** Logs that a URI is unsafe that does not come from the client's request line, as it is once it is decoded. */
    public void logUnsafeTarget(String target) {
        int query = target.indexOf('?');
        logUnsafe(query == 0 ? target : RequestTarget.decodeLeniently(query < 0 ? target : target.substring(0, query)));
    }

    /** Logs, in nginx's words, that a URI is unsafe. */
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
            enter(exchange.handlers(), 0);
            proceed();
        }
    }

    private boolean mayChangeUri(String doing) {
        next = 0;
        exchange.becomeInternal();
        exchange.upstream().doingNothing();
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

    /** Whether the location is the first that the request has come to; of a subrequest, the first of its own. */
    public boolean isInFirstLocation() {
        return uriChanges == 0;
    }

    /** Whether the URI may change once more, for instance by an error page. */
    boolean mayRedirect() {
        return uriChanges < MAX_URI_CHANGES;
    }

    // ---- rewriting

    /**
     * Sets another URI and query, as rewriting does.
     *
     * @param relocates whether to look for the location of the new URI when the rewriting ends
     * @return false if the URI is unsafe (see {@link RequestTarget#isUnsafe}); then the request has been answered
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

    /** Looks for the location again, after rewriting has changed the URI. */
    public void relocate() {
        if (mayChangeUri("processing \"" + exchange.uri() + "\"") && enterLocation()) {
            proceed();
        }
    }

    /** Whether the URI still begins with what its location matched. */
    public boolean isLocationValid() {
        return locationValid;
    }

    /** Whether rewriting has changed the URI, and the location for it is still to be found. */
    public boolean isUriChanged() {
        return uriChanged;
    }

    /** Sets the location to an {@code if} whose condition holds; its handlers run after the current rewriting. */
    public void enterConditional(Location conditional) {
        isContentLost = exchange.handlers().hasOwnContent()
                && !LocationHandlers.of(conditional).hasOwnContent();
        exchange.location(conditional);
    }

    /** Goes on with the handlers of the location that the rewriting has ended in. */
    public void continueInLocation() {
        enter(exchange.handlers(), 0);
        if (isContentLost) {
            // nginx keeps the handler of an "if" before this one, which then lacks its settings
            int content = exchange.handlers().contentStart();
            handlers = Arrays.copyOf(handlers, content + 1);
            handlers[content] = Phases::failWithoutSettings;
        }
    }

    private static Result failWithoutSettings(Exchange exchange) {
        exchange.log(ErrorLog.Level.ALERT, "no upstream configuration");
        exchange.fail(500);
        return Result.TAKEN;
    }

    /** Keeps the location, although rewriting may have changed the URI. */
    public void keepLocation() {
        locationValid &= !uriChanged;
        uriChanged = false;
    }
}
