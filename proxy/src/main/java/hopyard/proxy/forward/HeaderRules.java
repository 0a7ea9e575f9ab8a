package hopyard.proxy.forward;

import hopyard.proxy.exchange.ClientRedirect;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.FieldSet;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a location does to the header fields of an upstream's response.
 *
 * @param hidden fields that the client does not get
 * @param leavesOutDate whether a response has no Date unless the upstream sends one ({@code proxy_pass_header})
 * @param leavesOutServer the same for Server
 * @param redirects how a Location is rewritten; the first rule that matches decides
 */
public record HeaderRules(FieldSet hidden, boolean leavesOutDate, boolean leavesOutServer, List<Redirect> redirects) {

    /** A rule for the Location of a response. */
    @FunctionalInterface
    public interface Redirect {
        /** Returns the rewritten URL, or {@code null} if the rule does not match. */
        String apply(Exchange exchange, String url);
    }

    /** Other fields that nginx does not pass on unless {@code proxy_pass_header} says otherwise. */
    private static final Set<HttpString> OF_THE_APP = Set.of(Headers.DATE, Headers.SERVER, new HttpString("X-Pad"));

    /** The fields by which an app tells the proxy what to do with its response. */
    private static final Set<HttpString> FOR_THE_PROXY = Set.of(
            AccelHeaders.EXPIRES,
            AccelHeaders.REDIRECT,
            AccelHeaders.LIMIT_RATE,
            AccelHeaders.CHARSET,
            AccelHeaders.BUFFERING);

    /**
     * Returns the rules for apps that do not speak HTTP, whose Date and Server the client gets.
     *
     * @param hide what {@code fastcgi_hide_header} adds to nginx's own list
     * @param pass what {@code fastcgi_pass_header} takes off it
     * @param hidesStatus whether {@code Status} is one of that list
     */
    public static HeaderRules ofCgi(Set<HttpString> hide, Set<HttpString> pass, boolean hidesStatus) {
        Set<HttpString> usual = new HashSet<>(FOR_THE_PROXY);
        if (hidesStatus) {
            usual.add(CgiHeads.STATUS);
        }
        return new HeaderRules(hidden(usual, hide, pass), false, false, List.of());
    }

    private static FieldSet hidden(Set<HttpString> usual, Set<HttpString> hide, Set<HttpString> pass) {
        Set<HttpString> hidden = new HashSet<>(usual);
        hidden.addAll(hide);
        hidden.removeAll(pass);
        // each hop says where its own message ends
        hidden.add(Headers.CONTENT_LENGTH);
        hidden.addAll(ResponseFraming.HOP_BY_HOP);
        return FieldSet.of(hidden);
    }

    /**
     * @param hide what {@code proxy_hide_header} adds to nginx's own list
     * @param pass what {@code proxy_pass_header} takes off it
     */
    public static HeaderRules of(Set<HttpString> hide, Set<HttpString> pass, List<Redirect> redirects) {
        Set<HttpString> usual = new HashSet<>(FOR_THE_PROXY);
        usual.addAll(OF_THE_APP);
        FieldSet hidden = hidden(usual, hide, pass);
        return new HeaderRules(
                hidden, !hidden.contains(Headers.DATE), !hidden.contains(Headers.SERVER), List.copyOf(redirects));
    }

    /** Returns the Refresh that the client gets: the URL in it is rewritten like a Location. */
    String refresh(Exchange exchange, String value) {
        int url = value.toLowerCase(Locale.ROOT).indexOf("url=");
        return url < 0 ? value : value.substring(0, url + 4) + rewritten(exchange, value.substring(url + 4));
    }

    private String rewritten(Exchange exchange, String url) {
        for (Redirect rule : redirects) {
            String found = rule.apply(exchange, url);
            if (found != null) {
                return found;
            }
        }
        return url;
    }

    /** Returns the Location that the client gets. A rewritten one is completed with this server's host. */
    String location(Exchange exchange, String url) {
        for (Redirect rule : redirects) {
            String rewritten = rule.apply(exchange, url);
            if (rewritten != null) {
                return ClientRedirect.absolute(exchange, rewritten);
            }
        }
        return url;
    }
}
