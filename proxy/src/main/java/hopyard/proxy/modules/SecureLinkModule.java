package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Slots;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Tells whether a link was made by somebody who knows a secret, and for how long it is good: {@code $secure_link}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_secure_link_module.html">ngx_http_secure_link_module</a>
 */
final class SecureLinkModule implements Module {

    private static final Settings<LinkSettings> SETTINGS = Settings.of(LinkSettings::new);

    private static final Slots.Key<Link> KEY = new Slots.Key<>();

    /** When the link ends, as it is written in the link. */
    private static final ExchangeKey<String> EXPIRES = new ExchangeKey<>();

    /** The longest encoded checksum, in characters. */
    private static final int MAX_ENCODED = 24;

    private static final int CHECKSUM_BYTES = 16;

    private record LinkSettings(Link link) {
        LinkSettings(SettingsReader in) {
            this(in.directive("secure_link")
                    .means("What is in the link: its checksum, and after a comma when it expires.")
                    .in(HTTP, SERVER, LOCATION)
                    .and("secure_link_md5")
                    .means("What the checksum is of, with the secret in it.")
                    .in(HTTP, SERVER, LOCATION)
                    .and("secure_link_secret")
                    .means("The secret of links of the old form, /prefix/checksum/link.")
                    .read(new Reader()));
        }
    }

    /** What a level says; {@code null} for what it does not. */
    private record Link(Template value, Template text, String secret, Directive directive) {

        private boolean isMixed() {
            return secret != null && (value != null || text != null);
        }

        /** Returns what holds inside of another level. */
        private Link within(Link outer) {
            if (secret != null) {
                return this;
            }
            return new Link(
                    value == null ? outer.value : value,
                    text == null ? outer.text : text,
                    isEmpty() ? outer.secret : null,
                    directive);
        }

        private boolean isEmpty() {
            return value == null && text == null;
        }

        /** Returns "1" for a good link, "0" for one that has expired; {@code null} for a bad one. */
        private String check(Exchange exchange) {
            if (secret != null) {
                return checkOld(exchange);
            }
            return value == null || text == null ? null : checkNew(exchange);
        }

        private String checkNew(Exchange exchange) {
            String given = value.eval(exchange);
            int comma = given.indexOf(',');
            long expires = Long.MAX_VALUE;
            if (comma >= 0) {
                String when = given.substring(comma + 1);
                expires = when.matches("[0-9]{1,18}") ? Long.parseLong(when) : 0;
                if (expires == 0) {
                    return null;
                }
                exchange.put(EXPIRES, when);
                given = given.substring(0, comma);
            }
            byte[] checksum = decoded(given);
            if (checksum == null || !MessageDigest.isEqual(checksum, md5(text.eval(exchange)))) {
                return null;
            }
            return expires < System.currentTimeMillis() / 1000 ? "0" : "1";
        }

        /** Returns the link behind the checksum if it is good. */
        private String checkOld(Exchange exchange) {
            String uri = exchange.requestUri();
            int start = uri.indexOf('/', 1) + 1;
            int end = start == 0 ? -1 : uri.indexOf('/', start);
            if (end - start != 2 * CHECKSUM_BYTES || end + 1 == uri.length()) {
                return null;
            }
            String link = uri.substring(end + 1);
            String checksum = uri.substring(start, end);
            return checksum.matches("[0-9a-fA-F]+")
                            && MessageDigest.isEqual(HexFormat.of().parseHex(checksum), md5(link + secret))
                    ? link
                    : null;
        }

        /** Returns the bytes that a checksum in Base64 for URLs stands for; {@code null} if it is none. */
        private static byte[] decoded(String text) {
            int padding = text.indexOf('=');
            try {
                byte[] bytes = text.length() > MAX_ENCODED
                        ? null
                        : Base64.getUrlDecoder().decode(padding < 0 ? text : text.substring(0, padding));
                return bytes == null || bytes.length != CHECKSUM_BYTES ? null : bytes;
            } catch (IllegalArgumentException e) {
                // the client's link is no Base64, so it is a bad one
                return null;
            }
        }

        private static byte[] md5(String text) {
            try {
                return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.ISO_8859_1));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has MD5", e);
            }
        }
    }

    private static final class Reader implements ValueReader.Repeated<Link> {
        @Override
        public Link read(Scope scope, Directive d, Link former) throws ConfException {
            Link link = former == null ? new Link(null, null, null, d) : former;
            boolean isSecret = d.name().equals("secure_link_secret");
            boolean isText = d.name().equals("secure_link_md5");
            if ((isSecret ? link.secret : isText ? link.text : link.value) != null) {
                throw d.directiveError("is duplicate");
            }
            Template template = isSecret ? null : Build.of(scope).template(d.arg(0), d);
            return new Link(
                    isSecret || isText ? link.value : template,
                    isText ? template : link.text,
                    isSecret ? d.arg(0) : link.secret,
                    d);
        }
    }

    @Override
    public Manual manual() {
        return new Manual("secure_link", "ngx_http_secure_link_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        Link own = SETTINGS.of(child).link;
        Link outer = SETTINGS.of(parent).link;
        if (own == null || own == outer) {
            return;
        }
        if (own.isMixed()) {
            throw own.directive.error(
                    "\"secure_link_secret\" cannot be mixed with \"secure_link\" and \"secure_link_md5\"");
        }
        if (outer != null) {
            SETTINGS.put(child, "secure_link", own.within(outer));
        }
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Link link = SETTINGS.of(scope).link;
        if (link != null) {
            location.slots().put(KEY, link);
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("secure_link", exchange -> {
            Link link = exchange.location().slots().get(KEY);
            return link == null ? null : link.check(exchange);
        });
        v.define("secure_link_expires", exchange -> exchange.get(EXPIRES));
    }
}
