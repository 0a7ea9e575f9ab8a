package hopyard.backend.django;

import io.undertow.server.HttpServerExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What Django does with a request, from the middleware to the view and back. The middleware is that of a new project,
 * in its order. Endpoints that are not Django's stand behind it, too.
 */
public final class Site {

    private final DjangoSettings settings;
    private final String serverName;
    private final Sessions sessions = new Sessions();
    private final Map<String, View> views = Views.all();
    private final Predicate<String> others;
    private final ErrorPages pages;
    private final DjangoLog log;
    private final List<Middleware> middleware;

    /**
     * @param serverName the name of this machine, for requests that name no host
     * @param others whether somebody else has something at a path
     * @param paths the paths of the others, for readers
     * @param lines takes lines of the log
     */
    public Site(
            DjangoSettings settings,
            String serverName,
            Predicate<String> others,
            List<String> paths,
            Consumer<String> lines) {
        this.settings = settings;
        this.serverName = serverName;
        this.others = others;
        List<String> all = new ArrayList<>(views.keySet());
        all.addAll(paths);
        pages = new ErrorPages(settings, all);
        log = new DjangoLog(settings.get(DjangoSettings.DEBUG) ? lines : line -> {});
        middleware = List.of(
                new SecurityMiddleware(settings),
                new SessionMiddleware(settings),
                new CommonMiddleware(settings, this::exists),
                new CsrfViewMiddleware(settings, pages, log),
                new FrameOptionsMiddleware(settings));
    }

    private boolean exists(String path) {
        return views.containsKey(path) || others.test(path);
    }

    /** Whether a view of Django's is at a path. */
    public boolean hasView(String path) {
        return views.containsKey(path);
    }

    /** Returns a request as Django sees it. */
    public HttpRequest request(HttpServerExchange exchange, Content content) {
        return new HttpRequest(exchange, settings, serverName, sessions, content);
    }

    /** Returns the response to a request. If somebody else is to answer it, it has only header fields. */
    public HttpResponse answer(HttpRequest request) {
        HttpResponse response = pass(request, 0);
        log.ended(request, response);
        return response;
    }

    private HttpResponse pass(HttpRequest request, int layer) {
        try {
            if (layer == middleware.size()) {
                return view(request);
            }
            Middleware here = middleware.get(layer);
            HttpResponse response = here.processRequest(request);
            return here.processResponse(request, response == null ? pass(request, layer + 1) : response);
        } catch (Raised e) {
            return raised(request, e);
        }
    }

    private HttpResponse view(HttpRequest request) throws Raised {
        View view = views.get(request.pathInfo());
        if (view == null) {
            if (others.test(request.pathInfo())) {
                return HttpResponse.passedOn();
            }
            throw Raised.notFound(null);
        }
        for (Middleware each : middleware) {
            HttpResponse response = each.processView(request, view);
            if (response != null) {
                return response;
            }
        }
        HttpResponse response = view.answer(request);
        if (response.status() == 405) {
            log.response("Method Not Allowed (" + request.method() + ")", request, response);
        }
        return response;
    }

    private HttpResponse raised(HttpRequest request, Raised raised) {
        HttpResponse response = pages.of(request, raised);
        switch (raised.type()) {
            case "Http404" -> {
                // its line comes at the end
            }
            case "PermissionDenied" -> log.response("Forbidden (Permission denied)", request, response);
            case "MultiPartParserError" ->
                log.response("Bad request (Unable to parse request body)", request, response);
            case "BadRequest" -> log.response(raised.getMessage(), request, response);
            default -> {
                if (raised.status() == 400) {
                    log.line(raised.getMessage());
                    response.logged();
                }
            }
        }
        return response;
    }
}
