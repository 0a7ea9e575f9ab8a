package hopyard.backend.django;

import static hopyard.backend.django.DjangoSettings.CSRF_COOKIE;
import static hopyard.backend.django.DjangoSettings.CSRF_HEADER_NAME;
import static hopyard.backend.django.DjangoSettings.CSRF_USE_SESSIONS;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;

/**
 * Refuses forms that come from elsewhere.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/csrf/#how-it-works">Django: how CSRF protection works</a>
 */
final class CsrfViewMiddleware implements Middleware {

    private static final String SESSION_KEY = "_csrftoken";
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    private final DjangoSettings settings;
    private final CsrfOrigins origins;
    private final ErrorPages pages;
    private final DjangoLog log;

    CsrfViewMiddleware(DjangoSettings settings, ErrorPages pages, DjangoLog log) {
        this.settings = settings;
        this.origins = new CsrfOrigins(settings);
        this.pages = pages;
        this.log = log;
    }

    /** Returns what the client has, as the cookie or the session knows it; {@code null} if there is nothing. */
    private String known(HttpRequest request) {
        return settings.get(CSRF_USE_SESSIONS)
                ? request.session().get(SESSION_KEY)
                : request.cookie(settings.get(CSRF_COOKIE.name()));
    }

    @Override
    public HttpResponse processRequest(HttpRequest request) {
        String known = known(request);
        if (known != null && CsrfState.mistake(known) == null) {
            request.csrf().use(CsrfState.unmasked(known));
        } else if (known != null) {
            request.csrf().renew();
        }
        return null;
    }

    @Override
    public HttpResponse processView(HttpRequest request, View view) throws Raised {
        if (view.isCsrfExempt() || SAFE.contains(request.method())) {
            return null;
        }
        String reason = origins.reasonAgainst(request);
        if (reason == null) {
            reason = reasonAgainstToken(request);
        }
        if (reason == null) {
            return null;
        }
        HttpResponse refused = pages.csrfFailure(request, reason);
        log.response("Forbidden (" + reason + ")", request, refused);
        return refused;
    }

    private String reasonAgainstToken(HttpRequest request) throws Raised {
        String known = known(request);
        if (known == null) {
            return "CSRF cookie not set.";
        }
        String mistake = CsrfState.mistake(known);
        if (mistake != null) {
            return "CSRF cookie " + mistake + ".";
        }
        String token = request.form().get("csrfmiddlewaretoken");
        String from = "POST";
        if (token == null || token.isEmpty()) {
            String name = settings.get(CSRF_HEADER_NAME);
            String field = name == null ? "" : DjangoSettings.fieldName(name);
            // fields are there under the names that WSGI gives them, and under no others
            token = name == null || field.equals(name) ? null : request.header(field);
            from = "the " + PythonText.repr(titled(field)) + " HTTP header";
        }
        if (token == null) {
            return "CSRF token missing.";
        }
        mistake = CsrfState.mistake(token);
        if (mistake == null && !isSame(CsrfState.unmasked(token), CsrfState.unmasked(known))) {
            mistake = "incorrect";
        }
        return mistake == null ? null : "CSRF token from " + from + " " + mistake + ".";
    }

    /** Returns a field's name with a capital at the beginning of each of its words only. */
    private static String titled(String name) {
        StringBuilder out = new StringBuilder();
        for (char c : name.toCharArray()) {
            boolean isFirst = out.length() == 0 || !Character.isLetter(out.charAt(out.length() - 1));
            out.append(isFirst ? Character.toUpperCase(c) : Character.toLowerCase(c));
        }
        return out.toString();
    }

    private static boolean isSame(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public HttpResponse processResponse(HttpRequest request, HttpResponse response) {
        CsrfState csrf = request.csrf();
        if (!csrf.needsUpdate()) {
            return response;
        }
        if (settings.get(CSRF_USE_SESSIONS)) {
            if (!csrf.secret().equals(request.session().get(SESSION_KEY))) {
                request.session().set(SESSION_KEY, csrf.secret());
            }
        } else {
            Cookies.set(response, settings, CSRF_COOKIE, csrf.secret(), settings.get(CSRF_COOKIE.age()));
            response.varyOnCookie();
        }
        return response;
    }
}
