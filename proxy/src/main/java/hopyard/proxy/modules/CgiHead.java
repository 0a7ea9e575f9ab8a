package hopyard.proxy.modules;

import hopyard.http.HeadGate;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.ContentFraming;
import hopyard.proxy.forward.RequestHead;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.Location;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes what goes ahead of content to an app that does not speak HTTP: the parameters of the configuration, and the
 * client's fields as parameters.
 */
final class CgiHead implements RequestHead {

    /** What was written, in a record. */
    private static final ExchangeKey<List<CgiEncoding.Pair>> WRITTEN = new ExchangeKey<>();

    /** An app that has it takes it for the proxy that it is to use (httpoxy), which is not for clients to say. */
    private static final HttpString PROXY = new HttpString("Proxy");

    private final String scheme;
    private final Directive pass;
    private final CgiEncoding encoding;
    private final List<CgiParameter> parameters;
    private final boolean passesHeaders;
    private final boolean keepsBody;
    /** The parameters that hold other things than the client's fields of these names. */
    private final Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    private final List<ForwardHeaders> own;

    /** @param keepsBody whether {@code $request_body} is used */
    CgiHead(
            String scheme,
            Directive pass,
            CgiEncoding encoding,
            List<CgiParameter> parameters,
            boolean passesHeaders,
            boolean keepsBody,
            Location location) {
        this.scheme = scheme;
        this.pass = pass;
        this.encoding = encoding;
        this.parameters = parameters.stream().filter(each -> !each.isNothing()).toList();
        this.passesHeaders = passesHeaders;
        this.keepsBody = keepsBody;
        Set<HttpString> configured = new HashSet<>();
        for (CgiParameter each : parameters) {
            if (each.isField()) {
                taken.add(each.name());
                configured.add(each.field());
            }
            location.source().requestHeaders().putIfAbsent(new HttpString(each.name()), each.directive());
        }
        own = ForwardHeaders.beside(configured, location);
        for (ForwardHeaders each : own) {
            each.names().forEach(name -> taken.add(parameter(name)));
        }
    }

    /** Returns the name of the parameter that holds a field (RFC 3875 §4.1.18). */
    private static String parameter(HttpString field) {
        return CgiParameter.FIELD + field.toString().toUpperCase(Locale.ROOT).replace('-', '_');
    }

    @Override
    public void write(Exchange exchange, CacheUse cache, HeadWriter out, long length) {
        Trail trail = exchange.trail();
        List<CgiEncoding.Pair> pairs = new ArrayList<>();
        if (trail != null) {
            line(exchange, cache, out);
            trail.wrote(out, pass, "the request, for " + scheme);
        }
        CgiEncoding.Pair first = encoding.first(length);
        if (first != null) {
            String counted = trail == null || length == 0 ? null : trail.countedLength();
            pairs.add(counted == null ? first : new CgiEncoding.Pair(first.name(), counted));
            tell(trail, out, pairs, null, "the length of the content, which comes first");
        }
        for (CgiParameter each : parameters) {
            String value = each.value().eval(exchange);
            if (!value.isEmpty() || !each.ifNotEmpty()) {
                pairs.add(new CgiEncoding.Pair(each.name(), value));
                tell(trail, out, pairs, each.directive(), null);
            }
        }
        for (ForwardHeaders each : own) {
            HeadWriter lines = new HeadWriter();
            each.write(exchange, lines);
            lines.text(0, lines.length()).lines().forEach(line -> {
                int colon = line.indexOf(": ");
                pairs.add(new CgiEncoding.Pair(
                        parameter(new HttpString(line.substring(0, colon))), line.substring(colon + 2)));
                tell(trail, out, pairs, each.directive(), null);
            });
        }
        if (passesHeaders) {
            boolean isCached = cache != null && cache.asksForAll();
            fields(exchange, isCached).forEach((name, value) -> {
                pairs.add(new CgiEncoding.Pair(name, value));
                tell(trail, out, pairs, null, "the client's field");
            });
        }
        if (cache != null) {
            add(pairs, Headers.IF_MODIFIED_SINCE, cache.ifModifiedSince());
            add(pairs, Headers.IF_NONE_MATCH, cache.ifNoneMatch());
        }
        if (trail == null) {
            encoding.write(out, pairs);
        }
        if (trail == null && Recorder.wants(exchange)) {
            exchange.put(WRITTEN, pairs);
        }
    }

    private void add(List<CgiEncoding.Pair> pairs, HttpString field, String value) {
        String name = parameter(field);
        if (value != null && !taken.contains(name)) {
            pairs.add(new CgiEncoding.Pair(name, value));
        }
    }

    /** Returns the client's fields as parameters. */
    private Map<String, String> fields(Exchange exchange, boolean isCached) {
        CoreSettings core = exchange.core();
        HeaderMap client = exchange.requestHeaders();
        Map<String, String> usual = new LinkedHashMap<>();
        Map<String, String> others = new LinkedHashMap<>();
        for (long i = client.fastIterate(); i != -1L; i = client.fiNext(i)) {
            HeaderValues values = client.fiCurrent(i);
            HttpString field = values.getHeaderName();
            String name = parameter(field);
            if (ProxyHead.isIgnored(field, core)) {
                exchange.log(ErrorLog.Level.INFO, "client sent invalid header line: \"" + field + "\"");
            } else if (!taken.contains(name)
                    && !field.equals(PROXY)
                    && !(isCached && CacheUse.OF_THE_CLIENTS_COPY.contains(field))) {
                boolean isUsual = field.toString().indexOf('_') < 0;
                (isUsual ? usual : others).put(name, String.join(field.equals(Headers.COOKIE) ? "; " : ", ", values));
            }
        }
        // where a name with an underscore and another become the same parameter, the other one counts
        others.forEach(usual::putIfAbsent);
        return usual;
    }

    /** Tells a trail of the last parameter. */
    private static void tell(
            Trail trail, HeadWriter out, List<CgiEncoding.Pair> pairs, Directive directive, String why) {
        if (trail != null) {
            line(out, pairs.get(pairs.size() - 1));
            trail.wrote(out, directive, why);
        }
    }

    private void line(Exchange exchange, CacheUse cache, HeadWriter out) {
        out.text(method(exchange, cache)).text(" ").text(exchange.requestUri()).text(" ");
        out.text(scheme).text("\r\n");
    }

    private static void line(HeadWriter out, CgiEncoding.Pair pair) {
        byte[] value = pair.value().getBytes(StandardCharsets.ISO_8859_1);
        HeadGate.clean(value, 0, value.length);
        out.text(pair.name()).text(": ").bytes(value, 0, value.length).text("\r\n");
    }

    @Override
    public HeadWriter shown(Exchange exchange, CacheUse cache, HeadWriter head) {
        HeadWriter text = new HeadWriter();
        line(exchange, cache, text);
        exchange.get(WRITTEN).forEach(each -> line(text, each));
        return text.text("\r\n");
    }

    @Override
    public ContentFraming framing(Exchange exchange) {
        return encoding.framing();
    }

    @Override
    public String method(Exchange exchange, CacheUse cache) {
        return cache == null ? exchange.method() : cache.method();
    }

    @Override
    public int refused(Exchange exchange, CacheUse cache, String what) {
        exchange.log(ErrorLog.Level.ALERT, what);
        return 500;
    }

    @Override
    public Directive directive() {
        return pass;
    }

    @Override
    public String url(Exchange exchange, String peer) {
        return scheme + "://" + peer + (peer.startsWith("unix:") ? ":" : "");
    }

    @Override
    public boolean keepsBody() {
        return keepsBody;
    }
}
