package hopyard.backend.django;

import static hopyard.backend.django.DjangoSettings.SESSION_COOKIE;
import static hopyard.backend.django.DjangoSettings.SESSION_EXPIRE_AT_BROWSER_CLOSE;
import static hopyard.backend.django.DjangoSettings.SESSION_SAVE_EVERY_REQUEST;

/**
 * Keeps sessions, and the cookie that names one.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/topics/http/sessions/">Django: how to use sessions</a>
 */
final class SessionMiddleware implements Middleware {

    private final DjangoSettings settings;

    SessionMiddleware(DjangoSettings settings) {
        this.settings = settings;
    }

    @Override
    public HttpResponse processResponse(HttpRequest request, HttpResponse response) {
        Session session = request.session();
        boolean hasCookie = request.cookie(settings.get(SESSION_COOKIE.name())) != null;
        if (hasCookie && session.isEmpty()) {
            Cookies.delete(response, settings, SESSION_COOKIE);
            response.varyOnCookie();
            return response;
        }
        if (session.isAccessed()) {
            response.varyOnCookie();
        }
        boolean isSaved = session.isModified() || settings.get(SESSION_SAVE_EVERY_REQUEST);
        // what an error has left undone is not kept
        if (isSaved && !session.isEmpty() && response.status() < 500) {
            Long age = settings.get(SESSION_COOKIE.age());
            long seconds = age == null ? 0 : age;
            boolean endsWithBrowser = settings.get(SESSION_EXPIRE_AT_BROWSER_CLOSE);
            if (session.expiry() != null) {
                endsWithBrowser = session.expiry() == 0;
                seconds = endsWithBrowser ? seconds : session.expiry();
            }
            response.varyOnCookie();
            Cookies.set(
                    response,
                    settings,
                    SESSION_COOKIE,
                    session.save(seconds),
                    endsWithBrowser ? null : Long.valueOf(seconds));
        }
        return response;
    }
}
