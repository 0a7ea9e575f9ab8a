package hopyard.proxy.modules;

import hopyard.http.Tokens;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.RequestBody;
import hopyard.proxy.forward.RequestHead;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Escape;
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
 * Writes the head of forwarded requests: the fields of {@code proxy_set_header}, and those that the client has sent.
 */
final class ProxyHead implements RequestHead {

    private static final HttpString KEEP_ALIVE = new HttpString("Keep-Alive");
    private static final HttpString PROXY_CONNECTION = new HttpString("Proxy-Connection");

    /** Fields that are not forwarded: those of the client's connection (RFC 9110 §7.6.1), and those written anew. */
    private static final Set<HttpString> NOT_PASSED = Set.of(
            Headers.HOST,
            Headers.CONNECTION,
            KEEP_ALIVE,
            PROXY_CONNECTION,
            Headers.TE,
            Headers.UPGRADE,
            Headers.EXPECT,
            Headers.TRANSFER_ENCODING,
            Headers.CONTENT_LENGTH);

    private final SetHeader[] set;
    private final FieldSet notPassed;
    private final Options options;
    /** Whether Content-Length is left out of a request without content. */
    private final boolean omitsLength;

    private final ProxyPass pass;
    private final String host;
    private final String port;
    private final String replacement;
    private final String locationName;
    private final ForwardHeaders[] own;

    /**
     * Other settings of forwarded requests.
     *
     * @param version {@code proxy_http_version}
     * @param method {@code proxy_method}; {@code null} for the client's
     * @param passesHeaders {@code proxy_pass_request_headers}
     * @param keepsBody whether {@code $request_body} is used
     */
    record Options(String version, Template method, boolean passesHeaders, boolean keepsBody) {}

    ProxyHead(List<SetHeader> configured, ProxyPass pass, Options options, Location location) {
        List<SetHeader> headers = new ArrayList<>(configured);
        Set<HttpString> names = new HashSet<>();
        headers.forEach(header -> names.add(header.name()));
        own = ForwardHeaders.beside(names, location).toArray(ForwardHeaders[]::new);
        // the fields that nginx sends by default
        if (!names.contains(Headers.HOST)) {
            headers.add(0, new SetHeader(Headers.HOST, null, pass.directive()));
        }
        if (!names.contains(Headers.CONNECTION)) {
            headers.add(new SetHeader(Headers.CONNECTION, Template.constant("close"), pass.directive()));
        }
        omitsLength = headers.stream()
                .anyMatch(h -> h.name().equals(Headers.CONTENT_LENGTH)
                        && h.value().isConstant()
                        && h.value().text().isEmpty());
        // the configuration must not break the framing
        headers.removeIf(
                h -> h.name().equals(Headers.CONTENT_LENGTH) || h.name().equals(Headers.TRANSFER_ENCODING));
        set = headers.toArray(SetHeader[]::new);
        headers.forEach(header -> location.source().requestHeaders().putIfAbsent(header.name(), header.directive()));
        names.addAll(NOT_PASSED);
        for (ForwardHeaders each : own) {
            names.addAll(each.names());
        }
        notPassed = FieldSet.of(names);
        this.options = options;
        this.pass = pass;
        // a URL with variables names its host when it is evaluated
        host = pass.host() == null ? null : pass.hostHeader();
        port = pass.host() == null ? null : pass.port();
        replacement = pass.uri();
        locationName = location.base().isPrefixOrExact() ? location.name() : "";
    }

    private ProxyHead(ProxyHead template, ProxyPass pass) {
        set = template.set;
        notPassed = template.notPassed;
        own = template.own;
        options = template.options;
        omitsLength = template.omitsLength;
        this.pass = pass;
        // a URL with variables names its host when it is evaluated
        host = pass.host() == null ? null : pass.hostHeader();
        port = pass.host() == null ? null : pass.port();
        replacement = pass.uri();
        // a URI that was evaluated is the whole URI
        this.locationName = null;
    }

    /** Returns a head like this for an evaluated URL. */
    ProxyHead with(ProxyPass evaluated) {
        return evaluated == pass ? this : new ProxyHead(this, evaluated);
    }

    /** Returns the request target by nginx's rules for proxy_pass. */
    private String target(Exchange exchange) {
        if (replacement.isEmpty() && exchange.hasOriginalUri()) {
            return exchange.requestUri();
        }
        if (locationName == null && !replacement.isEmpty()) {
            return replacement;
        }
        String args = args(exchange);
        return replacement.isEmpty() || !exchange.phases().isLocationValid()
                // the result of "rewrite … break" is the whole URI
                ? written(exchange, 0) + args
                : replacement + written(exchange, locationName.length()) + args;
    }

    /** Returns the arguments with what goes ahead of them; empty if there are none. */
    static String args(Exchange exchange) {
        return exchange.args().isEmpty() ? "" : "?" + exchange.args();
    }

    /**
     * Returns the URI, from an index on, as it is written into a request. nginx leaves a URI that came unescaped as it
     * came.
     */
    static String written(Exchange exchange, int from) {
        String uri = exchange.uri();
        String rest = from == 0 ? uri : uri.substring(Math.min(from, uri.length()));
        return exchange.isInternal() || exchange.rawPath().indexOf('%') >= 0 ? Escape.URI.apply(rest) : rest;
    }

    @Override
    public String method(Exchange exchange, CacheUse cache) {
        return options.method != null
                ? options.method.eval(exchange)
                : cache == null ? exchange.method() : cache.method();
    }

    @Override
    public int refused(Exchange exchange, CacheUse cache, String what) {
        tellRefused(exchange, pass.directive(), what, method(exchange, cache), target(exchange));
        boolean isClients = what.equals(HeadWriter.METHOD)
                ? !options.method.isConstant()
                : RequestTarget.hasControls(exchange.rawPath());
        return isClients ? 400 : 500;
    }

    /**
     * Logs why a request cannot be passed on, and which line of the configuration is about it.
     *
     * @param pass passes the request on; named where no {@code set_header} line made the field
     * @param what the field's name, {@link HeadWriter#METHOD} or {@link HeadWriter#TARGET}
     */
    static void tellRefused(Exchange exchange, Directive pass, String what, String method, String target) {
        Directive header = exchange.location().source().requestHeaders().get(new HttpString(what));
        Directive where = header == null ? pass : header;
        String problem = what.equals(HeadWriter.METHOD)
                ? "method \"" + method + "\" for upstream is no token"
                : what.equals(HeadWriter.TARGET)
                        ? "target \"" + target + "\" for upstream does not begin with \"/\""
                        : "header \"" + what + "\" for upstream holds a control character";
        exchange.log(
                ErrorLog.Level.ERROR,
                "request " + problem + " and is refused, see \"" + where.name() + "\" in " + where.place());
    }

    @Override
    public boolean keepsBody() {
        return options.keepsBody;
    }

    @Override
    public Directive directive() {
        return pass.directive();
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public String port() {
        return port;
    }

    @Override
    public String url(Exchange exchange, String peer) {
        return pass.scheme() + "://" + peer + (peer.startsWith("unix:") ? ":" : "") + target(exchange);
    }

    @Override
    public void write(Exchange exchange, CacheUse cache, HeadWriter out, long length) {
        HeaderMap client = exchange.requestHeaders();
        Trail trail = exchange.trail();
        out.method(method(exchange, cache)).text(" ");
        String target = target(exchange);
        if (replacement.isEmpty() && exchange.hasOriginalUri()) {
            // the target came from the client, so a parser has checked it
            out.text(target);
        } else {
            out.target(target);
        }
        out.text(" HTTP/").text(options.version).text("\r\n");
        if (trail != null) {
            trail.wrote(out, pass.directive(), replacement.isEmpty() ? "the URI as it is" : "the URI by proxy_pass");
        }
        for (SetHeader header : set) {
            String value = header.value() == null ? host : header.value().eval(exchange);
            if (value.isEmpty()) {
                continue;
            }
            if (header.value() != null && header.value().isConstant()) {
                out.passed(header.name(), value);
            } else {
                out.field(header.name(), value);
            }
            if (trail != null) {
                boolean isUsual = header.directive() == pass.directive();
                trail.wrote(
                        out,
                        header.directive(),
                        isUsual ? "what is sent unless proxy_set_header says otherwise" : null);
            }
        }
        for (ForwardHeaders each : own) {
            each.write(exchange, out);
            if (trail != null) {
                trail.wrote(out, each.directive(), null);
            }
        }
        if (length == RequestBody.CHUNKED) {
            out.text("Transfer-Encoding: chunked\r\n");
        } else if (length > 0 || !omitsLength && (length == 0 || client.contains(Headers.CONTENT_LENGTH))) {
            out.text("Content-Length: ")
                    .text(Long.toString(Math.max(0, length)))
                    .text("\r\n");
        }
        if (trail != null) {
            trail.wrote(out, null, "says how long the content is (RFC 9112 §6)");
        }
        if (options.passesHeaders) {
            passOn(exchange, client, out, cache != null && cache.asksForAll());
        }
        if (trail != null) {
            trail.wrote(out, null, "the client's, passed on as it is");
        }
        if (cache != null) {
            if (cache.ifModifiedSince() != null) {
                out.field(Headers.IF_MODIFIED_SINCE, cache.ifModifiedSince());
            }
            if (cache.ifNoneMatch() != null) {
                out.field(Headers.IF_NONE_MATCH, cache.ifNoneMatch());
            }
        }
        out.text("\r\n");
    }

    private void passOn(Exchange exchange, HeaderMap client, HeadWriter out, boolean isCached) {
        CoreSettings core = exchange.core();
        HeaderValues connection = client.get(Headers.CONNECTION);
        for (long i = client.fastIterate(); i != -1L; i = client.fiNext(i)) {
            HeaderValues values = client.fiCurrent(i);
            HttpString name = values.getHeaderName();
            if (isKept(name, connection) || isCached && CacheUse.OF_THE_CLIENTS_COPY.contains(name)) {
                continue;
            }
            if (isIgnored(name, core)) {
                exchange.log(ErrorLog.Level.INFO, "client sent invalid header line: \"" + name + "\"");
                continue;
            }
            for (int v = 0; v < values.size(); v++) {
                out.passed(name, values.get(v));
            }
        }
    }

    @Override
    public boolean passesTrailer(Exchange exchange, HttpString name) {
        CoreSettings core = exchange.core();
        HeaderValues connection = exchange.requestHeaders().get(Headers.CONNECTION);
        return options.passesHeaders && !isKept(name, connection) && !isIgnored(name, core);
    }

    /** Whether a field is kept from the upstream: it belongs to the client's connection, or is written anew. */
    private boolean isKept(HttpString name, HeaderValues connection) {
        return notPassed.contains(name) || isNominated(connection, name);
    }

    /** Whether a client's field is left out because of its name. */
    static boolean isIgnored(HttpString name, CoreSettings core) {
        return core.ignoreInvalidHeaders() && !isValid(name, core.underscoresInHeaders());
    }

    private static boolean isNominated(HeaderValues connection, HttpString name) {
        if (connection != null) {
            for (int i = 0; i < connection.size(); i++) {
                String line = connection.get(i);
                if (line.length() >= name.length() && Tokens.contains(line, name.toString())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the name of a field is valid by nginx's rules, for {@code ignore_invalid_headers}. */
    private static boolean isValid(HttpString name, boolean underscores) {
        for (int i = 0; i < name.length(); i++) {
            byte b = name.byteAt(i);
            if (!(b >= 'a' && b <= 'z'
                    || b >= 'A' && b <= 'Z'
                    || b >= '0' && b <= '9'
                    || b == '-'
                    || b == '_' && underscores)) {
                return false;
            }
        }
        return true;
    }
}
