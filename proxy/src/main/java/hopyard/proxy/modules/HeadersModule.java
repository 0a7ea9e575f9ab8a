package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.http.HeadGate;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Adds fields to the header and the trailer section of responses.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_headers_module.html">ngx_http_headers_module</a>
 */
final class HeadersModule implements Module {

    private static final Settings<HeaderSettings> SETTINGS = Settings.of(HeaderSettings::new);

    /** The statuses of the responses that get a field without {@code always}. */
    private static final Set<Integer> STATUSES = Set.of(200, 201, 204, 206, 301, 302, 303, 304, 307, 308);

    /** The longest value of a trailer field, in bytes: Undertow writes all trailer fields into one buffer. */
    private static final int MAX_TRAILER = 1024;

    /** The fields that are added. A level that adds a field takes over none of the level around it. */
    private record HeaderSettings(
            List<Header> headers,
            List<Header> trailers,
            Expires expires,
            Inheritance headerInheritance,
            Inheritance trailerInheritance) {
        HeaderSettings(SettingsReader in) {
            this(
                    in.directive("add_header")
                            .means(
                                    "Adds a field to good responses, with always to errors, too; one line here takes all outer ones away.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .args(2, 3)
                            .read(new Header.Reader(), List.of()),
                    in.directive("add_trailer")
                            .means("Adds a field behind the content.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .args(2, 3)
                            .read(new Header.Reader(), List.of()),
                    in.directive("expires")
                            .otherwise("off")
                            .means("How long browsers may keep a response: Expires and Cache-Control.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .args(1, 2)
                            .read(new Expires.Reader()),
                    in.directive("add_header_inherit")
                            .byDefault("on")
                            .means(
                                    "Whether a level without add_header takes the outer ones over; merge: one with them, too.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .word(Inheritance.class),
                    in.directive("add_trailer_inherit")
                            .byDefault("on")
                            .means("The same for add_trailer.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .word(Inheritance.class));
        }
    }

    /** What a level takes over of the lines of the level around it. */
    private enum Inheritance {
        OFF,
        /** All, if it has none of its own. */
        ON,
        /** All, behind its own. */
        MERGE;

        private List<Header> merged(List<Header> outer, List<Header> own) {
            boolean hasOwn = own != outer;
            return switch (this) {
                case OFF -> hasOwn ? own : List.of();
                case ON -> own;
                case MERGE ->
                    hasOwn ? Stream.concat(own.stream(), outer.stream()).toList() : own;
            };
        }
    }

    /**
     * An {@code expires} line.
     *
     * @param fixed the value; {@code null} if it depends on a variable
     */
    private record Expires(Expiry fixed, Template value, boolean isModified, Directive directive) {

        private static final class Reader implements ValueReader<Expires> {
            @Override
            public Expires read(Scope scope, Directive d, Expires former) throws ConfException {
                boolean isModified = d.args().size() == 2;
                if (isModified && !d.arg(0).equals("modified")) {
                    throw d.directiveError("invalid value");
                }
                Template value = Build.of(scope).template(d.arg(isModified ? 1 : 0), d);
                Expiry fixed = value.isConstant() ? Expiry.parse(value.text(), isModified, d) : null;
                return new Expires(fixed, value, isModified, d);
            }
        }

        void apply(Exchange exchange) {
            if (!STATUSES.contains(exchange.response().status())) {
                return;
            }
            try {
                String text = fixed == null ? value.eval(exchange) : "";
                Expiry expiry =
                        fixed != null ? fixed : Expiry.parse(text.isEmpty() ? "off" : text, isModified, directive);
                expiry.apply(exchange);
            } catch (ConfException e) {
                exchange.log(ErrorLog.Level.ERROR, "invalid value \"" + value.eval(exchange) + "\" of \"expires\"");
            }
        }
    }

    private record Header(HttpString name, Template value, boolean always, Directive directive) {

        private static final class Reader implements ValueReader.Repeated<List<Header>> {
            @Override
            public List<Header> read(Scope scope, Directive d, List<Header> former) throws ConfException {
                boolean always = d.args().size() == 3;
                if (always && !d.arg(2).equals("always")) {
                    throw d.error("invalid parameter \"" + d.arg(2) + "\"");
                }
                Template value = Build.of(scope).template(d.arg(1), d).onOneLine();
                if (!FieldName.isOne(scope, d)) {
                    return former;
                }
                List<Header> headers = former == null ? new ArrayList<>() : former;
                headers.add(new Header(new HttpString(d.arg(0)), value, always, d));
                return headers;
            }
        }

        boolean applies(Exchange exchange) {
            return always || STATUSES.contains(exchange.response().status());
        }

        void addTo(Exchange exchange) {
            if (applies(exchange)) {
                String text = value.eval(exchange);
                if (name.equals(Headers.ETAG) || name.equals(Headers.LAST_MODIFIED)) {
                    // a response has one of these: it is replaced, or cleared by an empty value
                    exchange.responseHeaders().remove(name);
                }
                if (!text.isEmpty()) {
                    exchange.response().append(name, text);
                }
            }
        }

        /**
         * Adds a trailer field. Its value is checked here, because it does not pass {@link HeadGate} later as a header
         * does.
         */
        void addTrailer(HeaderMap fields, Exchange exchange) {
            String text = applies(exchange) ? value.eval(exchange) : "";
            if (text.length() > MAX_TRAILER || !HeadGate.passes(text)) {
                exchange.log(
                        ErrorLog.Level.ERROR,
                        "response trailer \"" + name
                                + "\" is too long or holds a control character and is left out, see \""
                                + directive.name() + "\" in " + directive.place());
            } else if (!text.isEmpty()) {
                fields.add(name, HeadGate.cleaned(text));
            }
        }
    }

    @Override
    public Manual manual() {
        return new Manual("headers", "ngx_http_headers_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        HeaderSettings outer = SETTINGS.of(parent);
        HeaderSettings own = SETTINGS.of(child);
        if (own == outer && own.headerInheritance != Inheritance.OFF && own.trailerInheritance != Inheritance.OFF) {
            return;
        }
        List<Header> headers = own.headerInheritance.merged(outer.headers, own.headers);
        List<Header> trailers = own.trailerInheritance.merged(outer.trailers, own.trailers);
        if (headers != own.headers) {
            SETTINGS.put(child, "add_header", headers);
        }
        if (trailers != own.trailers) {
            SETTINGS.put(child, "add_trailer", trailers);
        }
    }

    /** Announces the trailer fields. The content has to be sent in chunks for them (RFC 9110 §6.5). */
    private static void announce(Exchange exchange, List<Header> trailers) {
        boolean applies = trailers.stream().anyMatch(each -> each.applies(exchange));
        if (!applies
                || !exchange.core().chunkedTransferEncoding()
                || !exchange.response().mayHaveTrailers()) {
            return;
        }
        if (exchange.stream() == 0) {
            exchange.responseHeaders().remove(Headers.CONTENT_LENGTH);
            exchange.responseHeaders().put(Headers.TRANSFER_ENCODING, "chunked");
        }
        exchange.response().addTrailers(fields -> trailers.forEach(each -> each.addTrailer(fields, exchange)));
    }

    /** Returns the {@code add_header} lines that are in force in a scope. */
    static List<Directive> added(Scope scope) {
        return SETTINGS.of(scope).headers.stream().map(Header::directive).toList();
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Expires expires = SETTINGS.of(scope).expires;
        if (expires != null) {
            location.filter(FilterPlace.FIELDS, expires::apply);
            for (HttpString name : List.of(Headers.EXPIRES, Headers.CACHE_CONTROL)) {
                location.source().responseHeaders().putIfAbsent(name, expires.directive);
            }
        }
        SETTINGS.of(scope).headers.forEach(header -> {
            location.filter(FilterPlace.FIELDS, header::addTo);
            location.source().responseHeaders().putIfAbsent(header.name, header.directive);
        });
        List<Header> trailers = SETTINGS.of(scope).trailers;
        if (!trailers.isEmpty()) {
            location.filter(FilterPlace.FIELDS, exchange -> announce(exchange, trailers));
        }
    }
}
