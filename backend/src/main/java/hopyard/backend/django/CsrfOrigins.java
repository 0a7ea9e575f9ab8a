package hopyard.backend.django;

import static hopyard.backend.django.DjangoSettings.CSRF_COOKIE;
import static hopyard.backend.django.DjangoSettings.CSRF_TRUSTED_ORIGINS;
import static hopyard.backend.django.DjangoSettings.CSRF_USE_SESSIONS;
import static hopyard.backend.django.DjangoSettings.SESSION_COOKIE;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a form may come from where it comes from: by its Origin, or without one, over https, by its Referer.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/#csrf-trusted-origins">Django:
 *     CSRF_TRUSTED_ORIGINS</a>
 */
public final class CsrfOrigins {

    private static final String NO_REFERER = "Referer checking failed - no Referer.";
    private static final String MALFORMED = "Referer checking failed - Referer is malformed.";
    private static final String INSECURE = "Referer checking failed - Referer is insecure while host is secure.";
    private static final String NOT_TRUSTED = " does not match any trusted origins.";

    /** A URL as Python's urlsplit() takes it apart, as far as it matters here. */
    private static final Pattern URL = Pattern.compile("(?s)(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?.*");

    private record Origin(String scheme, String host) {
        static Origin of(String url) {
            Matcher matcher = URL.matcher(url);
            boolean isUrl = matcher.matches();
            String scheme =
                    isUrl && matcher.group(1) != null ? matcher.group(1).toLowerCase(java.util.Locale.ROOT) : "";
            return new Origin(scheme, isUrl && matcher.group(2) != null ? matcher.group(2) : "");
        }

        /** Returns the URL without an empty query or fragment, as Python's geturl() does. */
        String shown(String url) {
            String rest = url.substring(scheme.length());
            int hash = rest.indexOf('#');
            String before = hash < 0 ? rest : rest.substring(0, hash);
            String fragment = hash < 0 ? "" : rest.substring(hash);
            return scheme
                    + (before.indexOf('?') == before.length() - 1 ? before.replace("?", "") : before)
                    + (fragment.length() > 1 ? fragment : "");
        }

        /** Whether its brackets are not those of an address. */
        boolean isMalformed() {
            return host.contains("[") != host.contains("]");
        }

        /** Returns what is matched against: for *.example.com, .example.com. */
        String pattern() {
            return host.replaceFirst("^\\*+", "");
        }
    }

    private final DjangoSettings settings;
    private final List<String> exact;
    private final List<Origin> trusted;

    public CsrfOrigins(DjangoSettings settings) {
        this.settings = settings;
        exact = settings.get(CSRF_TRUSTED_ORIGINS).stream()
                .filter(each -> !each.contains("*"))
                .toList();
        trusted = settings.get(CSRF_TRUSTED_ORIGINS).stream().map(Origin::of).toList();
    }

    /** Returns why a form is refused, in Django's words; {@code null} if it is not. */
    public String reasonAgainst(HttpRequest request) {
        String origin = request.header("Origin");
        if (origin != null) {
            return isVerified(request, origin) ? null : "Origin checking failed - " + origin + NOT_TRUSTED;
        }
        return request.isSecure() ? reasonAgainstReferer(request) : null;
    }

    private boolean isVerified(HttpRequest request, String origin) {
        String host = allowedHost(request);
        if (host != null && origin.equals(request.scheme() + "://" + host) || exact.contains(origin)) {
            return true;
        }
        Origin parsed = Origin.of(origin);
        return !parsed.isMalformed()
                && trusted.stream()
                        .anyMatch(each -> each.host.contains("*")
                                && each.scheme.equals(parsed.scheme)
                                && Hosts.isSameDomain(parsed.host, each.pattern()));
    }

    private String reasonAgainstReferer(HttpRequest request) {
        String referer = request.header("Referer");
        if (referer == null) {
            return NO_REFERER;
        }
        Origin parsed = Origin.of(referer);
        if (parsed.scheme.isEmpty() || parsed.host.isEmpty() || parsed.isMalformed()) {
            return MALFORMED;
        }
        if (!parsed.scheme.equals("https")) {
            return INSECURE;
        }
        if (trusted.stream().anyMatch(each -> Hosts.isSameDomain(parsed.host, each.pattern()))) {
            return null;
        }
        String good = settings.get(settings.get(CSRF_USE_SESSIONS) ? SESSION_COOKIE.domain() : CSRF_COOKIE.domain());
        if (good == null) {
            good = allowedHost(request);
        } else if (!request.port().equals("443") && !request.port().equals("80")) {
            good += ":" + request.port();
        }
        boolean isGood = good != null && Hosts.isSameDomain(parsed.host, good);
        return isGood ? null : "Referer checking failed - " + parsed.shown(referer) + NOT_TRUSTED;
    }

    private static String allowedHost(HttpRequest request) {
        try {
            return request.host();
        } catch (Raised e) {
            // a host that is not allowed is nobody's origin
            return null;
        }
    }
}
