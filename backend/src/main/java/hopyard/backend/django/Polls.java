package hopyard.backend.django;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A form as in Django's tutorial, with a token against forgeries. */
final class Polls implements View {

    private static final List<String> CHOICES = List.of("nginx", "caddy");

    private final Map<String, Integer> votes = new TreeMap<>();

    Polls() {
        CHOICES.forEach(each -> votes.put(each, 0));
    }

    @Override
    public HttpResponse answer(HttpRequest request) throws Raised {
        if (!request.method().equals("POST")) {
            return form(request, "");
        }
        String choice = request.form().get("choice");
        if (choice == null || !CHOICES.contains(choice)) {
            return form(request, "<p>You didn’t select a choice.</p>\n");
        }
        synchronized (votes) {
            votes.merge(choice, 1, Integer::sum);
        }
        return HttpResponse.redirect(302, request.reverse("/polls/results/"));
    }

    private static HttpResponse form(HttpRequest request, String message) {
        StringBuilder out = new StringBuilder("<h1>Which proxy is in front?</h1>\n").append(message);
        out.append("<form action=\"").append(PythonText.escaped(request.reverse("/polls/")));
        out.append("\" method=\"post\">\n<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"");
        out.append(request.csrf().token()).append("\">\n");
        for (String choice : CHOICES) {
            out.append("<label><input type=\"radio\" name=\"choice\" value=\"")
                    .append(choice)
                    .append("\"> ");
            out.append(choice).append("</label>\n");
        }
        out.append("<button>Vote</button>\n</form>\n");
        return HttpResponse.html(200, ErrorPages.page("Polls", out.toString()));
    }

    HttpResponse results(HttpRequest request) {
        synchronized (votes) {
            return HttpResponse.json(votes);
        }
    }
}
