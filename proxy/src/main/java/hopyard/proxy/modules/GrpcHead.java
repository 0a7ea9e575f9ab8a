package hopyard.proxy.modules;

import hopyard.http.Tokens;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.ContentFraming;
import hopyard.proxy.forward.GrpcStream;
import hopyard.proxy.forward.RequestHead;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.FieldSet;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes the head of requests that are passed on over HTTP/2. It is written as one of HTTP/1.1, and a
 * {@link GrpcStream} makes fields of it.
 */
final class GrpcHead implements RequestHead {

    private static final String TRAILERS = "trailers";

    /** Fields that are not passed on: those of the client's connection (RFC 9113 §8.2.2), and those written anew. */
    private static final Set<HttpString> NOT_PASSED = Set.of(
            Headers.HOST,
            Headers.CONNECTION,
            new HttpString("Keep-Alive"),
            new HttpString("Proxy-Connection"),
            Headers.TE,
            Headers.UPGRADE,
            Headers.EXPECT,
            Headers.TRANSFER_ENCODING,
            Headers.CONTENT_LENGTH);

    private final Directive pass;
    private final List<SetHeader> set;
    private final FieldSet notPassed;
    private final boolean setsTe;
    private final boolean setsHost;
    private final boolean keepsBody;
    private final ForwardHeaders[] own;
    private final String host;
    private final GrpcStream.Terms terms;

    /**
     * @param host what {@code :authority} is unless a field Host is set; {@code null} if each request has its own
     * @param bufferSize {@code grpc_buffer_size}, in bytes
     * @param keepsBody whether {@code $request_body} is used
     */
    GrpcHead(
            Directive pass,
            List<SetHeader> configured,
            String host,
            boolean isTls,
            long bufferSize,
            boolean keepsBody,
            Location location) {
        this.pass = pass;
        this.host = host;
        this.keepsBody = keepsBody;
        Set<HttpString> names = new HashSet<>();
        configured.forEach(header -> names.add(header.name()));
        own = ForwardHeaders.beside(names, location).toArray(ForwardHeaders[]::new);
        setsTe = names.contains(Headers.TE);
        setsHost = names.contains(Headers.HOST);
        List<SetHeader> headers = new ArrayList<>(configured);
        // the configuration must not break the framing
        headers.removeIf(h -> h.name().equals(Headers.CONTENT_LENGTH)
                || h.name().equals(Headers.TRANSFER_ENCODING)
                || h.name().equals(Headers.CONNECTION));
        set = List.copyOf(headers);
        headers.forEach(header -> location.source().requestHeaders().putIfAbsent(header.name(), header.directive()));
        names.addAll(NOT_PASSED);
        for (ForwardHeaders each : own) {
            names.addAll(each.names());
        }
        notPassed = FieldSet.of(names);
        terms = new GrpcStream.Terms(isTls, !setsHost, bufferSize);
    }

    private GrpcHead(GrpcHead template, String host, boolean isTls) {
        pass = template.pass;
        set = template.set;
        notPassed = template.notPassed;
        setsTe = template.setsTe;
        setsHost = template.setsHost;
        keepsBody = template.keepsBody;
        own = template.own;
        this.host = host;
        terms = new GrpcStream.Terms(isTls, template.terms.hasAuthority(), template.terms.maxHead());
    }

    /** Returns a head like this for another host. */
    GrpcHead with(String itsHost, boolean isTls) {
        return new GrpcHead(this, itsHost, isTls);
    }

    @Override
    public void write(Exchange exchange, CacheUse cache, HeadWriter out, long length) {
        HeaderMap client = exchange.requestHeaders();
        Trail trail = exchange.trail();
        out.method(exchange.method()).text(" ");
        if (exchange.hasOriginalUri()) {
            // the target came from the client, so a parser has checked it
            out.text(exchange.requestUri());
        } else {
            out.target(target(exchange));
        }
        out.text(" HTTP/2.0\r\n");
        if (!setsHost) {
            out.passed(Headers.HOST, host);
        }
        tell(trail, out, pass, "the URI as it is, and the host of grpc_pass");
        for (SetHeader header : set) {
            String value = header.value().eval(exchange);
            if (!value.isEmpty()) {
                out.field(header.name(), value);
                tell(trail, out, header.directive(), null);
            }
        }
        for (ForwardHeaders each : own) {
            each.write(exchange, out);
            tell(trail, out, each.directive(), null);
        }
        if (length >= 0) {
            out.passed(Headers.CONTENT_LENGTH, Long.toString(length));
        }
        if (!setsTe && Tokens.contains(exchange.header(Headers.TE), TRAILERS)) {
            out.passed(Headers.TE, TRAILERS);
        }
        passOn(exchange, client, out);
        tell(trail, out, null, "the client's, passed on as it is");
        out.text("\r\n");
    }

    private static void tell(Trail trail, HeadWriter out, Directive directive, String why) {
        if (trail != null) {
            trail.wrote(out, directive, why);
        }
    }

    private static String target(Exchange exchange) {
        return exchange.hasOriginalUri()
                ? exchange.requestUri()
                : ProxyHead.written(exchange, 0) + ProxyHead.args(exchange);
    }

    private void passOn(Exchange exchange, HeaderMap client, HeadWriter out) {
        CoreSettings core = exchange.core();
        String connection = exchange.header(Headers.CONNECTION);
        for (HeaderValues values : client) {
            HttpString name = values.getHeaderName();
            if (notPassed.contains(name) || connection != null && Tokens.contains(connection, name.toString())) {
                continue;
            }
            if (ProxyHead.isIgnored(name, core)) {
                exchange.log(ErrorLog.Level.INFO, "client sent invalid header line: \"" + name + "\"");
                continue;
            }
            for (String value : values) {
                out.passed(name, value);
            }
        }
    }

    @Override
    public ContentFraming framing(Exchange exchange) {
        return GrpcStream.of(exchange, terms);
    }

    @Override
    public String method(Exchange exchange, CacheUse cache) {
        return exchange.method();
    }

    @Override
    public int refused(Exchange exchange, CacheUse cache, String what) {
        ProxyHead.tellRefused(exchange, pass, what, exchange.method(), target(exchange));
        return RequestTarget.hasControls(exchange.rawPath()) ? 400 : 500;
    }

    @Override
    public Directive directive() {
        return pass;
    }

    @Override
    public String url(Exchange exchange, String peer) {
        return (terms.isTls() ? "grpcs://" : "grpc://") + peer + (peer.startsWith("unix:") ? ":" : "");
    }

    @Override
    public boolean keepsBody() {
        return keepsBody;
    }
}
