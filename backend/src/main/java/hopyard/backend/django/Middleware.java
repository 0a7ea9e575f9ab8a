package hopyard.backend.django;

/**
 * A layer around the views. What it raises comes to a response there, which goes out through the layers outside of it.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/topics/http/middleware/">Django: middleware</a>
 */
interface Middleware {

    /** Looks at a request on its way in; a response ends that way, {@code null} lets it go on. */
    default HttpResponse processRequest(HttpRequest request) throws Raised {
        return null;
    }

    /** Looks at a request just before its view is called; a response takes the view's place. */
    default HttpResponse processView(HttpRequest request, View view) throws Raised {
        return null;
    }

    /** Looks at a response on its way out. Returns it, or another one. */
    default HttpResponse processResponse(HttpRequest request, HttpResponse response) throws Raised {
        return response;
    }
}
