package hopyard.backend.django;

import static hopyard.backend.django.DjangoSettings.APPEND_SLASH;
import static hopyard.backend.django.DjangoSettings.DEBUG;
import static hopyard.backend.django.DjangoSettings.DISALLOWED_USER_AGENTS;
import static hopyard.backend.django.DjangoSettings.PREPEND_WWW;

import java.util.Set;
import java.util.function.Predicate;

/**
 * Checks the host, turns clients away, and puts right what is missing from a URL: {@code www.} before it or a slash at
 * its end.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/middleware/#module-django.middleware.common">Django:
 *     common middleware</a>
 */
final class CommonMiddleware implements Middleware {

    private static final Set<String> LOSING_CONTENT = Set.of("DELETE", "POST", "PUT", "PATCH");

    private final DjangoSettings settings;
    private final Predicate<String> exists;

    /**
     * @param exists whether there is something at a path
     */
    CommonMiddleware(DjangoSettings settings, Predicate<String> exists) {
        this.settings = settings;
        this.exists = exists;
    }

    @Override
    public HttpResponse processRequest(HttpRequest request) throws Raised {
        String client = request.header("User-Agent");
        if (client != null
                && settings.get(DISALLOWED_USER_AGENTS).stream()
                        .anyMatch(each -> each.matcher(client).find())) {
            throw Raised.permissionDenied("Forbidden user agent");
        }
        String host = request.host();
        if (settings.get(PREPEND_WWW) && !host.startsWith("www.")) {
            return HttpResponse.redirect(
                    301,
                    request.scheme() + "://www." + host
                            + (lacksSlash(request) ? withSlash(request) : request.fullPath(false)));
        }
        return lacksSlash(request) ? HttpResponse.redirect(301, withSlash(request)) : null;
    }

    private boolean lacksSlash(HttpRequest request) {
        String path = request.pathInfo();
        return settings.get(APPEND_SLASH) && !path.endsWith("/") && !exists.test(path) && exists.test(path + "/");
    }

    private String withSlash(HttpRequest request) throws Raised {
        String path = request.fullPath(true);
        // two slashes would name another host
        String local = path.startsWith("//") ? "/%2F" + path.substring(2) : path;
        String method = request.method();
        if (settings.get(DEBUG) && LOSING_CONTENT.contains(method)) {
            throw Raised.uncaught(
                    "RuntimeError",
                    "You called this URL via " + method + ", but the URL doesn't end in a slash and you have"
                            + " APPEND_SLASH set. Django can't redirect to the slash URL while maintaining " + method
                            + " data. Change your form to point to " + request.host() + local
                            + " (note the trailing slash), or set APPEND_SLASH=False in your Django settings.");
        }
        return local;
    }
}
