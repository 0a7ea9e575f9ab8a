package hopyard.backend.django;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The views that show what Django makes of a request. */
final class Views {

    private Views() {}

    /** Returns all of them by their paths, in the order in which they are tried. */
    static Map<String, View> all() {
        Map<String, View> views = new LinkedHashMap<>();
        Polls polls = new Polls();
        views.put("/polls/", polls);
        views.put("/polls/results/", polls::results);
        views.put("/session", Views::session);
        views.put("/absolute", safe(Views::absolute));
        views.put("/secure", safe(Views::secure));
        views.put("/form", View.csrfExempt(Views::form));
        views.put("/raise/error", Views::fail);
        views.put("/raise/denied", Views::deny);
        views.put("/raise/missing", Views::miss);
        views.put("/raise/suspicious", Views::suspect);
        views.put("/raise/bad", Views::refuse);
        return views;
    }

    /** Returns a view that is only asked by GET and HEAD. */
    private static View safe(View view) {
        return request -> {
            if (List.of("GET", "HEAD").contains(request.method())) {
                return view.answer(request);
            }
            HttpResponse response = HttpResponse.html(405, "");
            response.set("Allow", "GET, HEAD");
            return response;
        };
    }

    /**
     * Counts a client's visits; {@code ?peek} only looks, {@code ?expiry=60} says for how long, {@code ?flush} ends it.
     */
    private static HttpResponse session(HttpRequest request) throws Raised {
        Session session = request.session();
        if (request.query("flush") != null) {
            session.flush();
            return HttpResponse.json(Map.of("flushed", true));
        }
        String visits = session.get("visits");
        int count = visits == null ? 0 : Integer.parseInt(visits);
        if (request.query("peek") == null) {
            count++;
            session.set("visits", Integer.toString(count));
        }
        String expiry = request.query("expiry");
        if (expiry != null && expiry.matches("[0-9]{1,9}")) {
            session.expireIn(Long.parseLong(expiry));
        }
        return HttpResponse.json(Map.of("visits", count));
    }

    /** Shows what the app takes its own URL for. */
    private static HttpResponse absolute(HttpRequest request) throws Raised {
        String root = request.scheme() + "://" + request.host();
        Map<String, Object> out = new LinkedHashMap<>();
        String path = request.fullPath(false);
        // Django puts two slashes before it: below a script's name without a slash, that name is the host then
        out.put("build_absolute_uri()", path.startsWith("/") ? root + path : request.scheme() + "://" + path);
        out.put("build_absolute_uri('/polls/')", root + "/polls/");
        out.put("reverse('polls')", request.reverse("/polls/"));
        out.put("get_host()", request.host());
        out.put("get_port()", request.port());
        out.put("scheme", request.scheme());
        out.put("get_full_path()", request.fullPath(false));
        out.put("path", request.path());
        out.put("path_info", request.pathInfo());
        out.put("script_name", request.scriptName());
        return HttpResponse.json(out);
    }

    private static HttpResponse secure(HttpRequest request) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("is_secure()", request.isSecure());
        out.put("scheme", request.scheme());
        return HttpResponse.json(out);
    }

    /** Shows what a form has sent, and where Django would have kept its files. */
    private static HttpResponse form(HttpRequest request) throws Raised {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("GET", request.queryParameters());
        FormData form = request.form();
        out.put("POST", form.fields());
        out.put(
                "FILES",
                form.files().stream()
                        .map(each -> Map.of(
                                "name", each.name(),
                                "size", each.size(),
                                "kept in", request.keepsFilesInMemory() ? "memory" : "a file"))
                        .toList());
        return HttpResponse.json(out);
    }

    private static HttpResponse fail(HttpRequest request) throws Raised {
        throw Raised.uncaught("ValueError", "something that nobody has expected: <b>&</b>");
    }

    private static HttpResponse deny(HttpRequest request) throws Raised {
        throw Raised.permissionDenied("not for you");
    }

    private static HttpResponse miss(HttpRequest request) throws Raised {
        throw Raised.notFound("No such poll");
    }

    private static HttpResponse suspect(HttpRequest request) throws Raised {
        throw Raised.suspicious("SuspiciousOperation", "somebody has tampered with this");
    }

    private static HttpResponse refuse(HttpRequest request) throws Raised {
        throw Raised.badRequest("this cannot be read");
    }
}
