package hopyard.backend.django;

/**
 * An exception of Django's, which comes to a response on its way out.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/exceptions/">Django: exceptions</a>
 */
final class Raised extends Exception {

    private final String type;
    private final int status;

    private Raised(String type, int status, String message) {
        super(message);
        this.type = type;
        this.status = status;
    }

    /** Something that only who means harm would do, or a mistake that looks like it. */
    static Raised suspicious(String type, String message) {
        return new Raised(type, 400, message);
    }

    static Raised permissionDenied(String message) {
        return new Raised("PermissionDenied", 403, message);
    }

    /** Content that says it is a form in parts, and is not. */
    static Raised multiPartParserError(String message) {
        return new Raised("MultiPartParserError", 400, message);
    }

    static Raised badRequest(String message) {
        return new Raised("BadRequest", 400, message);
    }

    static Raised notFound(String message) {
        return new Raised("Http404", 404, message);
    }

    /** What nobody has expected. */
    static Raised uncaught(String type, String message) {
        return new Raised(type, 500, message);
    }

    /** The name of its class in Django. */
    String type() {
        return type;
    }

    int status() {
        return status;
    }
}
