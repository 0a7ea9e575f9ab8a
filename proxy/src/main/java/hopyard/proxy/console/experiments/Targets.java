package hopyard.proxy.console.experiments;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.LocationSource;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.util.Headers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the console's own requests may go: to the listener that it was asked on, and to the upstream servers of the
 * running configuration. Nowhere else, so that the console cannot be made to ask other machines for somebody.
 */
public final class Targets {

    /** Through the proxy or past it. */
    enum Way {
        PROXIED,
        DIRECT,
        /** At another port of the proxy's. */
        PORT
    }

    /**
     * One way to the app.
     *
     * @param address the listening socket, {@code ip:port}
     * @param host what a browser that went there would send for Host
     * @param isTls whether TLS is spoken there
     * @param from the address of this machine to come from; {@code null} for the one that the kernel chooses
     * @param peers the addresses of all upstream servers that the proxy would choose from; none of the proxy itself
     * @param tls how TLS is spoken there, if it is
     */
    record Target(
            Way way, String address, String host, boolean isTls, InetAddress from, List<String> peers, TlsWish tls) {

        /** Content with any certificate. */
        Target(Way way, String address, String host, boolean isTls, List<String> peers) {
            this(way, address, host, isTls, null, peers, isTls ? TlsWish.ofAnybody() : null);
        }

        String scheme() {
            return isTls ? "https" : "http";
        }

        int port() {
            return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        }
    }

    /** The name or address of an authority, in brackets if it is IPv6. */
    static String name(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    /** A request target in origin-form (RFC 9112 §3.2.1), as far as it can be sent as it is. */
    private static final Pattern PATH = Pattern.compile("/[!-\"$-~]*");

    /** The scheme of a {@code proxy_pass}, and the name of its group of servers. */
    private static final Pattern URL = Pattern.compile("(https?)://(unix:[^:]*|[^/?]*)");

    /** What passes requests on to apps that do not speak HTTP/1.1. */
    private static final List<String> NOT_HTTP =
            List.of("fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass");

    private static final String NAME = "|[A-Za-z0-9._-]{1,200}|\\[[0-9a-fA-F:.]{2,45}\\]";

    private final ConsoleContext context;
    private final IntPredicate isRelay;
    private final Semaphore measuring = new Semaphore(1);
    private final AtomicLong runs = new AtomicLong();

    /** @param isRelay whether a port of the loopback is one of the console's own, which leads to this proxy */
    public Targets(ConsoleContext context, IntPredicate isRelay) {
        this.context = context;
        this.isRelay = isRelay;
    }

    /**
     * Another port of this proxy's. It may be for others than those who may ask the console, so it takes the right to
     * edit.
     *
     * @param name what the server is called there; empty for what the console was called
     * @param scheme {@code http} or {@code https}; empty for what the port is for
     */
    Target atPort(ConsoleRequest request, int port, String name, String scheme, TlsWish tls) throws Refusal {
        if (!request.mayEdit()) {
            throw new Refusal(403, "another port may be for others: asking there takes \"hop_console edit;\"");
        }
        if (!name.matches(NAME)) {
            throw new Refusal(400, "name must be a host such as shop.example, not \"" + name + "\"");
        }
        if (!scheme.matches("|https?")) {
            throw new Refusal(400, "scheme must be http or https, not \"" + scheme + "\"");
        }
        Target asked = proxied(request);
        String ip = name(asked.address);
        boolean isTls = true;
        if (isRelay.test(port)) {
            ip = "127.0.0.1";
        } else {
            Configuration.Endpoint its = context.configuration().endpoints().stream()
                    .filter(each -> each.address() instanceof InetSocketAddress at && at.getPort() == port)
                    .findFirst()
                    .orElseThrow(() -> new Refusal(422, "this proxy does not listen at port " + port));
            InetAddress bound = ((InetSocketAddress) its.address()).getAddress();
            ip = bound.isAnyLocalAddress() ? ip : name(Addresses.text(its.address()));
            isTls = its.tls() != null;
        }
        boolean encrypts = scheme.isEmpty() ? isTls : scheme.equals("https");
        String host = (name.isEmpty() ? name(asked.host) : name) + (port == (encrypts ? 443 : 80) ? "" : ":" + port);
        return new Target(
                Way.PORT,
                ip + ":" + port,
                host,
                encrypts,
                null,
                List.of(),
                !encrypts ? null : tls == null ? TlsWish.ofAnybody() : tls);
    }

    /**
     * Begins a measurement, which must have the machine to itself.
     *
     * @return its number, which is higher than that of any before, also before the proxy was started anew
     */
    long beginMeasuring() throws Refusal {
        if (!measuring.tryAcquire()) {
            throw new Refusal(
                    409, "a load run or a comparison is under way; wait for its end, or DELETE load or DELETE compare");
        }
        return runs.updateAndGet(last -> Math.max(last + 1, System.currentTimeMillis()));
    }

    void endMeasuring() {
        measuring.release();
    }

    /** The ways that {@code direct}, {@code proxied} or {@code both} name. */
    List<Target> ways(ConsoleRequest request, String via, String path) throws Refusal {
        return switch (via) {
            case "proxied" -> List.of(proxied(request));
            case "direct" -> List.of(direct(request, path));
            case "both" -> List.of(direct(request, path), proxied(request));
            default -> throw new Refusal(400, "via must be proxied, direct or both, not \"" + via + "\"");
        };
    }

    /**
     * The same, as a client at {@code from} goes them: an address of the loopback, which reaches nobody else's machine;
     * or none.
     */
    List<Target> ways(ConsoleRequest request, String via, String path, String from) throws Refusal {
        return from(ways(request, via, path), from);
    }

    /** The same ways, as a client at {@code from} goes them. */
    static List<Target> from(List<Target> ways, String from) throws Refusal {
        if (from.isEmpty()) {
            return ways;
        }
        InetAddress address = Addresses.literal(from);
        if (address == null || !address.isLoopbackAddress()) {
            throw new Refusal(400, "from must be an address of the loopback such as 127.0.0.2, not \"" + from + "\"");
        }
        return ways.stream()
                .map(way -> new Target(way.way, way.address, way.host, way.isTls, address, way.peers, way.tls))
                .toList();
    }

    /** Checks a path that somebody wants requested. */
    static String path(String path) throws Refusal {
        if (!PATH.matcher(path).matches()) {
            throw new Refusal(400, "path must begin with a slash and hold neither spaces, # nor other than ASCII");
        }
        return path;
    }

    private static Target proxied(ConsoleRequest request) throws Refusal {
        Exchange asker = request.exchange();
        String at = asker.client().ends().at();
        if (at.startsWith("unix:")) {
            throw new Refusal(
                    422, "requests are sent to where the console is asked, and that is no port now, but " + at);
        }
        return new Target(
                Way.PROXIED, at, asker.header(Headers.HOST), asker.scheme().equals("https"), List.of());
    }

    /**
     * The upstream server that a request for the path is passed to or, where the proxy answers by itself, one for "/".
     *
     * @throws Refusal if there is none, or none that can be asked from here: another one is not asked in its place
     */
    private Target direct(ConsoleRequest request, String path) throws Refusal {
        for (String each : List.of(path, "/")) {
            LocationSource location = locate(request.exchange(), each);
            Directive pass = location.line("proxy_pass");
            if (pass != null) {
                return direct(request, each, pass);
            }
            for (String other : NOT_HTTP) {
                if (location.line(other) != null) {
                    throw notDirect("\"" + each + "\" is passed on by " + other + " "
                            + location.line(other).arg(0) + ", and the console's client speaks HTTP/1.1 only");
                }
            }
        }
        throw new Refusal(
                422,
                "there is no way past the proxy: no proxy_pass at \"" + path + "\""
                        + (path.equals("/") ? "" : ", and none at \"/\""));
    }

    private Target direct(ConsoleRequest request, String path, Directive pass) throws Refusal {
        String line = "\"" + path + "\" is passed on by proxy_pass " + pass.arg(0);
        Matcher url = URL.matcher(pass.arg(0));
        if (!url.lookingAt() || url.group(2).contains("$")) {
            throw notDirect(line + ", and where that leads shows with each request only");
        }
        UpstreamGroup group = context.configuration().upstreams().stream()
                .filter(each -> each.name().equals(url.group(2)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no upstream " + url.group(2)));
        List<PeerSettings> peers = group.settings().stream()
                .filter(peer -> !peer.down() && peer.address() != null)
                .toList();
        for (PeerSettings peer : peers) {
            if (peer.address() instanceof InetSocketAddress address) {
                return direct(
                        request,
                        address,
                        url.group(1).equals("https"),
                        peers.stream().map(PeerSettings::name).toList());
            }
        }
        throw notDirect(
                peers.isEmpty()
                        ? line + ", which has no server now"
                        : line + ", and " + peers.get(0).name()
                                + " is a Unix socket, which the console's client does not speak to");
    }

    private static Refusal notDirect(String why) {
        return new Refusal(422, "the app cannot be asked directly: " + why);
    }

    /** By the name that whoever asks has used for this machine, and at the app's port. */
    private static Target direct(ConsoleRequest request, InetSocketAddress peer, boolean isTls, List<String> peers) {
        String name = name(request.exchange().header(Headers.HOST));
        return new Target(
                Way.DIRECT,
                Addresses.text(peer),
                peer.getPort() == (isTls ? 443 : 80) ? name : name + ":" + peer.getPort(),
                isTls,
                peers);
    }

    private LocationSource locate(Exchange exchange, String path) throws Refusal {
        int query = path.indexOf('?');
        String uri = RequestTarget.normalize(query < 0 ? path : path.substring(0, query), true);
        if (uri == null) {
            throw new Refusal(400, "path is no valid path: \"" + path + "\"");
        }
        return exchange.server().locate(uri, exchange).source();
    }
}
