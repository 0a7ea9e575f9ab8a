package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;
import static hopyard.proxy.conf.Context.SERVER_IF;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.ClientRedirect;
import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Trail.Kind;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import hopyard.proxy.server.Regex;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * {@code rewrite}, {@code if}, {@code break}, {@code return} and {@code set}, which run in the order of the file.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_rewrite_module.html">ngx_http_rewrite_module</a>
 */
final class RewriteModule implements Module {

    private static final Scope.Key<Steps> KEY = new Scope.Key<>(Steps::new);

    /**
     * Set when a {@code rewrite} has matched. Before, {@code set} encodes captures of an encoded URI again, as in
     * nginx.
     */
    private static final ExchangeKey<Boolean> REWRITTEN = new ExchangeKey<>();

    private static final Context[] ANYWHERE = {LOCATION, SERVER_IF, LOCATION_IF};

    /** Codes that are for logs only, as the client has gone or is too slow: the connection is closed. */
    private static final Set<Integer> UNSAID = Set.of(StatusCodes.REQUEST_TIME_OUT, ErrorPages.CLIENT_CLOSED_REQUEST);

    /** One directive, compiled. */
    @FunctionalInterface
    private interface Step {
        Then run(Exchange exchange);
    }

    /** What comes after a step. */
    private enum Then {
        NEXT,
        /** No more steps of this level. */
        STOP,
        /** The step has answered. */
        ANSWERED
    }

    /** The directives of a level. They are not inherited: those of a server run before a location is chosen. */
    private static final class Steps {
        private final List<Step> list = new ArrayList<>();
    }

    @Override
    public Manual manual() {
        return new Manual("rewrite", "ngx_http_rewrite_module");
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.block("if", 1, Command.ANY, RewriteModule::condition, SERVER, LOCATION)
                        .means(
                                "Obeys what stands in its block if a condition holds; only return, rewrite, set and break are safe in a location."),
                Command.simple("rewrite", 2, 3, RewriteModule::rewrite, SERVER, ANYWHERE)
                        .means("Changes the path if a regular expression matches it, or redirects."),
                Command.simple("break", 0, RewriteModule::breaks, SERVER, ANYWHERE)
                        .means("Ends the rewriting of this level."),
                Command.simple("return", 1, 2, RewriteModule::returns, SERVER, ANYWHERE)
                        .means("Answers with a status, a text or a redirect, before rules of access are asked."),
                Command.simple("set", 2, RewriteModule::set, SERVER, ANYWHERE).means("Gives a variable a value."));
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        List<Step> steps = scope.get(KEY).list;
        // the steps of an if run as one of the steps of its location
        if (!steps.isEmpty() && location.location().kind() != Location.Kind.IF) {
            boolean inLocation = scope.context() == LOCATION;
            location.on(Phase.REWRITE, exchange -> run(exchange, steps, inLocation));
        }
    }

    private static Then runAll(Exchange exchange, List<Step> steps) {
        for (int i = 0; i < steps.size(); i++) {
            Then then = steps.get(i).run(exchange);
            if (then != Then.NEXT) {
                return then;
            }
        }
        return Then.NEXT;
    }

    private static PhaseHandler.Result run(Exchange exchange, List<Step> steps, boolean inLocation) {
        Location before = exchange.location();
        if (exchange.get(REWRITTEN) != null) {
            exchange.put(REWRITTEN, null);
        }
        if (runAll(exchange, steps) == Then.ANSWERED) {
            return PhaseHandler.Result.TAKEN;
        }
        if (inLocation && exchange.phases().isUriChanged()) {
            exchange.phases().relocate();
            return PhaseHandler.Result.TAKEN;
        }
        if (inLocation && exchange.location() != before) {
            exchange.phases().continueInLocation();
        }
        return PhaseHandler.Result.NEXT;
    }

    private static void condition(Loader loader, Scope outer, Directive d) throws ConfException {
        Location around = LocationBlock.of(outer).location();
        Predicate<Exchange> holds = Condition.parse(Build.of(outer), d);
        Scope scope = new Scope(outer.context() == LOCATION ? LOCATION_IF : SERVER_IF, outer);
        Location conditional = Location.conditional(around, d);
        LocationBlock.add(scope, conditional);
        loader.apply(d.block(), scope);
        List<Step> inner = scope.get(KEY).list;
        boolean inLocation = outer.context() == LOCATION;
        outer.get(KEY).list.add(exchange -> {
            boolean does = holds.test(exchange);
            Trail trail = exchange.trail();
            if (trail != null) {
                trail.step(Kind.IF, d, does, (does ? "holds: " : "does not hold: ") + trail.takeValue());
            }
            if (!does) {
                return Then.NEXT;
            }
            if (inLocation) {
                exchange.phases().enterConditional(conditional);
            }
            return runAll(exchange, inner);
        });
    }

    private static void breaks(Loader loader, Scope scope, Directive d) {
        scope.get(KEY).list.add(exchange -> {
            if (exchange.trail() != null) {
                exchange.trail().step(Kind.BREAK, d, null, "rewriting ends here");
            }
            exchange.phases().keepLocation();
            return Then.STOP;
        });
    }

    /** A {@code rewrite}. */
    private record Rewrite(
            Regex pattern,
            Template uri,
            Template args,
            boolean keepsArgs,
            int redirect,
            boolean stops,
            boolean relocates,
            Directive directive)
            implements Step {

        private void tell(Exchange exchange, boolean matches, String text) {
            if (exchange.trail() != null) {
                exchange.trail().step(Kind.REWRITE, directive, matches, text);
            }
        }

        @Override
        public Then run(Exchange exchange) {
            boolean matches = pattern.find(exchange, exchange.uri());
            if (exchange.core().rewriteLog()) {
                String how = matches ? " matches \"" : " does not match \"";
                exchange.log(ErrorLog.Level.NOTICE, "\"" + pattern + "\"" + how + exchange.uri() + "\"");
            }
            if (!matches) {
                tell(exchange, false, "does not match " + exchange.uri());
                exchange.variables().forgetCaptures();
                return Then.NEXT;
            }
            exchange.put(REWRITTEN, true);
            boolean isEncoded = RequestTarget.isEncoded(exchange.rawPath());
            String to = isEncoded && redirect > 0 ? uri.evalEscaped(exchange) : uri.eval(exchange);
            String query = args == null ? "" : isEncoded ? args.evalEscaped(exchange) : args.eval(exchange);
            if (keepsArgs && !exchange.args().isEmpty()) {
                query = args == null ? exchange.args() : query + "&" + exchange.args();
            }
            if (redirect > 0) {
                if (exchange.core().rewriteLog()) {
                    exchange.log(ErrorLog.Level.NOTICE, "rewritten redirect: \"" + to + "\"");
                }
                String url = query.isEmpty() && args == null ? to : to + "?" + query;
                tell(exchange, true, "matches " + exchange.uri() + ": the client is sent to " + url);
                ClientRedirect.send(exchange, redirect, RequestTarget.unescapeRedirect(url));
                return Then.ANSWERED;
            }
            if (to.isEmpty()) {
                exchange.log(ErrorLog.Level.ERROR, "the rewritten URI has a zero length");
                exchange.fail(500);
                return Then.ANSWERED;
            }
            if (exchange.core().rewriteLog()) {
                exchange.log(ErrorLog.Level.NOTICE, "rewritten data: \"" + to + "\", args: \"" + query + "\"");
            }
            tell(
                    exchange,
                    true,
                    "matches " + exchange.uri() + ": the URI is " + to
                            + (query.isEmpty() ? "" : ", with the arguments " + query)
                            + (!stops
                                    ? ", and rewriting goes on"
                                    : relocates ? ", and a location is looked for" : ", and the location stays"));
            if (!exchange.phases().rewrite(to, query, relocates)) {
                return Then.ANSWERED;
            }
            return stops ? Then.STOP : Then.NEXT;
        }
    }

    private static void rewrite(Loader loader, Scope scope, Directive d) throws ConfException {
        String flag = d.args().size() == 3 ? d.arg(2) : "";
        String replacement = d.arg(1);
        int redirect = isUrl(replacement) || flag.equals("redirect") ? 302 : 0;
        switch (flag) {
            case "permanent" -> redirect = 301;
            case "", "last", "break", "redirect" -> {
                // handled below
            }
            default -> throw d.error("invalid parameter \"" + flag + "\"");
        }
        if (replacement.isEmpty()) {
            throw d.error("empty replacement");
        }
        // a question mark at the end drops the client's query
        boolean dropsArgs = replacement.endsWith("?");
        String text = dropsArgs ? replacement.substring(0, replacement.length() - 1) : replacement;
        int query = text.indexOf('?');
        Build build = Build.of(scope);
        scope.get(KEY)
                .list
                .add(new Rewrite(
                        Regex.compile(build.variables(), d, d.arg(0), false),
                        build.template(query < 0 ? text : text.substring(0, query), d),
                        query < 0 ? null : build.template(text.substring(query + 1), d),
                        !dropsArgs,
                        redirect,
                        flag.equals("last") || flag.equals("break"),
                        !flag.equals("break"),
                        d));
    }

    private static void set(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(0).startsWith("$")) {
            throw d.error("invalid variable name \"" + d.arg(0) + "\"");
        }
        Build build = Build.of(scope);
        BiConsumer<Exchange, String> variable =
                build.variables().settable(d, d.arg(0).substring(1));
        Template value = build.template(d.arg(1), d);
        scope.get(KEY).list.add(exchange -> {
            boolean quotes = exchange.get(REWRITTEN) == null && RequestTarget.isEncoded(exchange.rawPath());
            String is = quotes ? value.evalEscaped(exchange) : value.eval(exchange);
            if (exchange.trail() != null) {
                exchange.trail().step(Kind.SET, d, null, d.arg(0) + " is \"" + is + "\"");
            }
            variable.accept(exchange, is);
            return Then.NEXT;
        });
    }

    private static void returns(Loader loader, Scope scope, Directive d) throws ConfException {
        int status = Values.parseNumber(d.arg(0));
        Template text = null;
        if (status < 0) {
            if (d.args().size() == 2 || !isUrl(d.arg(0))) {
                throw d.error("invalid return code \"" + d.arg(0) + "\"");
            }
            status = 302;
            text = Build.of(scope).template(d.arg(0), d);
        } else if (status > 999) {
            throw d.error("invalid return code \"" + d.arg(0) + "\"");
        } else if (d.args().size() == 2) {
            text = Build.of(scope).template(d.arg(1), d);
        }
        int code = status;
        Template body = text;
        scope.get(KEY).list.add(exchange -> {
            if (exchange.trail() != null) {
                exchange.trail().step(Kind.RETURN, d, null, "the request ends here with " + code);
            }
            respond(exchange, code, body);
            return Then.ANSWERED;
        });
    }

    private static boolean isUrl(String text) {
        return text.startsWith("http://") || text.startsWith("https://") || text.startsWith("$scheme");
    }

    private static void respond(Exchange exchange, int status, Template text) {
        boolean isRedirect = status >= 301 && status <= 303 || status == 307 || status == 308;
        exchange.ending().because(Why.RETURN);
        String said = text == null ? "" : text.eval(exchange);
        if (text == null && UNSAID.contains(status) && !exchange.isSubrequest()) {
            exchange.lifetime().close(status);
        } else if (text == null && status >= 400) {
            exchange.fail(status);
        } else if (isRedirect) {
            ClientRedirect.send(exchange, status, said);
        } else {
            // an upstream that has redirected to this location may have set the media type
            String set = exchange.responseHeaders().getFirst(Headers.CONTENT_TYPE);
            String type = set == null ? exchange.core().typeOf(exchange.uri()) : set;
            byte[] content = said.getBytes(StandardCharsets.ISO_8859_1);
            if (status == 200) {
                BytesBody.offer(exchange, type, content);
            } else {
                BytesBody.respond(exchange, status, type, content);
            }
        }
    }
}
