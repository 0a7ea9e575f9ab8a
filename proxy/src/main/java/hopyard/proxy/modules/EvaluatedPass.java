package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.Forwarding;
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
 * A {@code proxy_pass} whose URL has variables, so that each request may go to another server.
 *
 * @param tls how TLS is spoken if the evaluated URL begins with {@code https://}
 * @param resolver the resolver for names; {@code null} if none is configured
 */
record EvaluatedPass(
        Scope scope, ProxyPass pass, Forwarding forwarding, TlsChoice tls, ProxyHead head, Resolver resolver) {

    Result pass(Exchange exchange, CacheUse cache) {
        String url = pass.url().eval(exchange);
        ProxyPass found = ProxyPass.parse(url, pass.directive());
        if (found == null) {
            exchange.log(ErrorLog.Level.ERROR, "invalid URL prefix in \"" + url + "\"");
            exchange.fail(500);
            return Result.TAKEN;
        }
        UpstreamGroup group = Build.of(scope).upstreams().get(found.host());
        String host = found.host().replaceFirst(":[0-9]*$", "");
        String mistake = group == null ? mistake(url, found.host(), host) : null;
        if (mistake != null) {
            exchange.log(ErrorLog.Level.ERROR, mistake);
            exchange.fail(500);
            return Result.TAKEN;
        }
        try {
            if (group == null && (found.host().startsWith("unix:") || ForwardedClient.parse(host) != null)) {
                group = UpstreamModule.literal(pass.directive(), found.host(), found.defaultPort());
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
    private static String mistake(String url, String server, String host) {
        String rest = url.substring(url.indexOf("://") + 3);
        if (rest.isEmpty()) {
            return "invalid URL prefix in \"" + url + "\"";
        }
        if (host.isEmpty()) {
            return "no host in upstream \"" + rest + "\"";
        }
        String port = server.substring(host.length());
        boolean isPort = port.isEmpty() || port.matches(":0*[0-9]{1,5}") && isInRange(port.substring(1));
        return isPort ? null : "invalid port in upstream \"" + rest + "\"";
    }

    private static boolean isInRange(String port) {
        int number = Integer.parseInt(port);
        return number > 0 && number < 1 << 16;
    }

    private void resolve(Exchange exchange, CacheUse cache, ProxyPass found, String host) {
        if (resolver == null) {
            exchange.log(ErrorLog.Level.ERROR, "no resolver defined to resolve " + host);
            exchange.ending().becauseOfUpstream(Why.NAME_NOT_FOUND);
            exchange.fail(502);
            return;
        }
        if (exchange.trail() != null) {
            exchange.trail().unknown("the addresses of " + host + ", which are looked up for each request");
            Forwarding how = found.isTls() ? forwarding.withTls(tls) : forwarding;
            Forward.start(exchange, how, head.with(found), cache, UpstreamModule.single(found.host(), List.of()), null);
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
                        peers.add(UpstreamModule.peer(
                                new InetSocketAddress(address, port), found.host(), pass.directive()));
                    }
                    forward(exchange, cache, found, UpstreamModule.single(found.host(), peers));
                }));
    }

    private void forward(Exchange exchange, CacheUse cache, ProxyPass found, UpstreamGroup group) {
        Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
        Forwarding how = found.isTls() ? forwarding.withTls(tls) : forwarding;
        Forward.start(exchange, how, head.with(found), cache, group, key == null ? null : key.apply(exchange));
    }
}
