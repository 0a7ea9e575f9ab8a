package hopyard.backend.django;

import java.util.Locale;

/**
 * Says which pages may show the app's in a frame.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/clickjacking/">Django: clickjacking protection</a>
 */
final class FrameOptionsMiddleware implements Middleware {

    private final String value;

    FrameOptionsMiddleware(DjangoSettings settings) {
        String set = settings.get(DjangoSettings.X_FRAME_OPTIONS);
        value = set == null ? "" : set.toUpperCase(Locale.ROOT);
    }

    @Override
    public HttpResponse processResponse(HttpRequest request, HttpResponse response) {
        response.setDefault("X-Frame-Options", value);
        return response;
    }
}
