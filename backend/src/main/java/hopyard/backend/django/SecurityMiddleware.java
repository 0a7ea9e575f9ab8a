package hopyard.backend.django;

import static hopyard.backend.django.DjangoSettings.SECURE_CONTENT_TYPE_NOSNIFF;
import static hopyard.backend.django.DjangoSettings.SECURE_CROSS_ORIGIN_OPENER_POLICY;
import static hopyard.backend.django.DjangoSettings.SECURE_HSTS_INCLUDE_SUBDOMAINS;
import static hopyard.backend.django.DjangoSettings.SECURE_HSTS_PRELOAD;
import static hopyard.backend.django.DjangoSettings.SECURE_HSTS_SECONDS;
import static hopyard.backend.django.DjangoSettings.SECURE_REDIRECT_EXEMPT;
import static hopyard.backend.django.DjangoSettings.SECURE_REFERRER_POLICY;
import static hopyard.backend.django.DjangoSettings.SECURE_SSL_HOST;
import static hopyard.backend.django.DjangoSettings.SECURE_SSL_REDIRECT;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Redirects to https, and tells browsers to be careful.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/middleware/#module-django.middleware.security">Django:
 *     security middleware</a>
 */
final class SecurityMiddleware implements Middleware {

    private final DjangoSettings settings;
    private final boolean redirects;
    private final String strictTransportSecurity;
    private final String referrerPolicy;

    SecurityMiddleware(DjangoSettings settings) {
        this.settings = settings;
        redirects = settings.get(SECURE_SSL_REDIRECT);
        Long seconds = settings.get(SECURE_HSTS_SECONDS);
        strictTransportSecurity = seconds == null || seconds == 0
                ? null
                : "max-age=" + seconds + (settings.get(SECURE_HSTS_INCLUDE_SUBDOMAINS) ? "; includeSubDomains" : "")
                        + (settings.get(SECURE_HSTS_PRELOAD) ? "; preload" : "");
        String policy = settings.get(SECURE_REFERRER_POLICY);
        referrerPolicy = policy == null
                ? null
                : Stream.of(policy.split(",", -1)).map(String::strip).collect(Collectors.joining(","));
    }

    @Override
    public HttpResponse processRequest(HttpRequest request) throws Raised {
        if (!redirects || request.isSecure()) {
            return null;
        }
        String path = request.path().replaceFirst("^/+", "");
        if (settings.get(SECURE_REDIRECT_EXEMPT).stream()
                .anyMatch(each -> each.matcher(path).find())) {
            return null;
        }
        String host = settings.get(SECURE_SSL_HOST);
        return HttpResponse.redirect(
                301, "https://" + (host == null ? request.host() : host) + request.fullPath(false));
    }

    @Override
    public HttpResponse processResponse(HttpRequest request, HttpResponse response) {
        if (strictTransportSecurity != null && request.isSecure()) {
            response.setDefault("Strict-Transport-Security", strictTransportSecurity);
        }
        if (settings.get(SECURE_CONTENT_TYPE_NOSNIFF)) {
            response.setDefault("X-Content-Type-Options", "nosniff");
        }
        if (referrerPolicy != null) {
            response.setDefault("Referrer-Policy", referrerPolicy);
        }
        String opener = settings.get(SECURE_CROSS_ORIGIN_OPENER_POLICY);
        if (opener != null) {
            response.setDefault("Cross-Origin-Opener-Policy", opener);
        }
        return response;
    }
}
