package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.Forwarding;
import hopyard.proxy.forward.RequestHead;
import hopyard.proxy.forward.TlsChoice;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.ForwardedClient;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.Resolver;
import hopyard.proxy.upstream.UpstreamGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A {@code proxy_pass}, or another module's, whose URL has variables, so that each request may go to another server.
 *
 * @param tls how TLS is spoken if the evaluated URL says so
 * @param resolver the resolver for names; {@code null} if none is configured
 * @param targets what an evaluated URL means
 */
record EvaluatedPass(
        Scope scope,
        Template url,
        Directive directive,
        Forwarding forwarding,
        TlsChoice tls,
        Resolver resolver,
        Function<String, Target> targets) {

    /**
     * Where an evaluated URL leads.
     *
     * @param rest the URL without its scheme
     * @param host the part of it that names the server, with the port
     * @param defaultPort 0 for none
     */
    record Target(String rest, String host, int defaultPort, boolean isTls, RequestHead head) {}

    Result pass(Exchange exchange, CacheUse cache) {
        String text = url.eval(exchange);
        Target found = targets.apply(text);
        if (found == null) {
            exchange.log(ErrorLog.Level.ERROR, "invalid URL prefix in \"" + text + "\"");
            exchange.fail(500);
            return Result.TAKEN;
        }
        UpstreamGroup group = Build.of(scope).upstreams().get(found.host());
        String host = found.host().replaceFirst(":[0-9]*$", "");
        String mistake = group == null ? mistake(text, found, host) : null;
        if (mistake != null) {
            exchange.log(ErrorLog.Level.ERROR, mistake);
            exchange.fail(500);
            return Result.TAKEN;
        }
        try {
            if (group == null && (found.host().startsWith("unix:") || ForwardedClient.parse(host) != null)) {
                group = UpstreamModule.literal(directive, found.host(), found.defaultPort());
            }
        } catch (ConfException e) {
            exchange.log(ErrorLog.Level.ERROR, e.getMessage());
            exchange.fail(500);
            return Result.TAKEN;
        }
        if (group == null) {
            resolve(exchange, cache, found, host);
        } else {
            forward(exchange, cache, found, group);
        }
        return Result.TAKEN;
    }

    /** Returns nginx's message for a URL without a server; {@code null} for any other URL. */
    private static String mistake(String url, Target target, String host) {
        boolean isHttp = target.defaultPort() > 0;
        if (target.rest().isEmpty() && isHttp) {
            return "invalid URL prefix in \"" + url + "\"";
        }
        if (host.isEmpty()) {
            return "no host in upstream \"" + target.rest() + "\"";
        }
        String port = target.host().substring(host.length());
        boolean isPort = port.isEmpty() || port.matches(":0*[0-9]{1,5}") && isInRange(port.substring(1));
        if (!isPort) {
            return "invalid port in upstream \"" + target.rest() + "\"";
        }
        return port.isEmpty() && !isHttp && !host.startsWith("unix:") ? "no port in upstream \"" + host + "\"" : null;
    }

    private static boolean isInRange(String port) {
        int number = Integer.parseInt(port);
        return number > 0 && number < 1 << 16;
    }

    private void resolve(Exchange exchange, CacheUse cache, Target found, String host) {
        if (resolver == null) {
            exchange.log(ErrorLog.Level.ERROR, "no resolver defined to resolve " + host);
            exchange.ending().becauseOfUpstream(Why.NAME_NOT_FOUND);
            exchange.fail(502);
            return;
        }
        if (exchange.trail() != null) {
            exchange.trail().unknown("the addresses of " + host + ", which are looked up for each request");
            Forwarding how = found.isTls() ? forwarding.withTls(tls, found.host()) : forwarding;
            Forward.start(exchange, how, found.head(), cache, UpstreamModule.single(found.host(), List.of()), null);
            return;
        }
        int colon = found.host().lastIndexOf(':');
        int port = colon < 0
                ? found.defaultPort()
                : Values.parseNumber(found.host().substring(colon + 1));
        var thread = exchange.ioThread();
        exchange.lifetime().pause(Stage.RESOLVE);
        resolver.lookUp(host)
                .whenComplete((answer, failure) -> thread.execute(() -> {
                    if (!exchange.lifetime().resume()) {
                        return;
                    }
                    if (failure != null) {
                        exchange.log(
                                ErrorLog.Level.ERROR, host + " could not be resolved (" + failure.getMessage() + ")");
                        exchange.ending().becauseOfUpstream(Why.NAME_NOT_FOUND);
                        exchange.fail(502);
                        return;
                    }
                    List<PeerSettings> peers = new ArrayList<>();
                    for (InetAddress address : answer.addresses()) {
                        peers.add(UpstreamModule.peer(new InetSocketAddress(address, port), found.host(), directive));
                    }
                    forward(exchange, cache, found, UpstreamModule.single(found.host(), peers));
                }));
    }

    private void forward(Exchange exchange, CacheUse cache, Target found, UpstreamGroup group) {
        Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
        Forwarding how = found.isTls() ? forwarding.withTls(tls, found.host()) : forwarding;
        Forward.start(exchange, how, found.head(), cache, group, key == null ? null : key.apply(exchange));
    }
}
