package hopyard.proxy.console.config;

import static hopyard.proxy.console.endpoint.Text.line;

import com.fasterxml.jackson.databind.JsonNode;

/** What {@link TrailView} says, for a terminal. */
final class TrailText {

    private TrailText() {}

    static String of(JsonNode answer) {
        StringBuilder out = new StringBuilder();
        JsonNode request = answer.get("request");
        line(
                out,
                "%s   (%s, from %s to %s; nothing was sent)%n%n",
                request.path("line").asText(),
                request.path("scheme").asText(),
                request.path("client").asText(),
                request.path("at").asText());
        JsonNode server = answer.path("server");
        if (server.isObject()) {
            line(out, "server     %-34s %s%n", server.path("name").asText(), place(server));
            line(out, "           %s%n", server.path("why").asText());
            JsonNode listen = server.path("listen");
            line(out, "listen     %-34s %s%n", listen.path("text").asText(), place(listen));
        }
        whole(out, answer, "");
        // a URI may hold what a terminal obeys
        return out.toString().replaceAll("[\\p{Cntrl}&&[^\n]]", "?");
    }

    private static void whole(StringBuilder out, JsonNode answer, String indent) {
        for (JsonNode step : answer.path("steps")) {
            step(out, step, indent);
        }
        if (answer.path("moreSteps").asInt() > 0) {
            line(
                    out,
                    "%s… and %d more steps%n",
                    indent,
                    answer.path("moreSteps").asInt());
        }
        String args = answer.path("args").asText();
        line(out, "%n%sURI        %s%s%n", indent, answer.path("uri").asText(), args.isEmpty() ? "" : "?" + args);
        JsonNode location = answer.path("location");
        line(out, "%slocation   %-34s %s%n", indent, location.path("text").asText(), place(location));
        line(
                out,
                "%sanswer     %s%n",
                indent,
                answer.path("answer").path("text").asText());
        JsonNode upstream = answer.path("upstream");
        if (upstream.isObject()) {
            upstream(out, upstream, indent);
        }
        list(out, "not known without sending it", answer.path("unknown"), indent);
        list(out, "the error log would get", answer.path("log"), indent);
    }

    private static void step(StringBuilder out, JsonNode step, String indent) {
        JsonNode holds = step.path("holds");
        String mark = holds.isBoolean() ? holds.asBoolean() ? "+" : "-" : " ";
        String text = step.path("text").asText();
        line(out, "%s%-10s %s %-32s %s%n", indent, step.path("kind").asText(), mark, text, place(step));
        for (JsonNode each : step.path("search").path("candidates")) {
            String match = each.path("match").asText();
            line(
                    out,
                    "%s           %s %-32s %s%n",
                    indent,
                    each.path("chosen").asBoolean() ? "►" : match.equals("yes") ? "+" : match.equals("no") ? "-" : " ",
                    "  ".repeat(each.path("depth").asInt())
                            + each.path("text").asText()
                            + (match.equals("not_tried") ? "   not tried" : ""),
                    place(each));
        }
        line(out, "%s             %s%n", indent, step.path("what").asText());
        if (step.has("asked")) {
            whole(out, step.get("asked"), indent + "      ");
        }
    }

    private static void upstream(StringBuilder out, JsonNode upstream, String indent) {
        for (JsonNode peer : upstream.path("peers")) {
            line(
                    out,
                    "%sserver     %s%s   %s%n",
                    indent,
                    peer.path("address").asText(),
                    peer.path("down").asBoolean()
                            ? ", down"
                            : peer.path("backup").asBoolean() ? ", backup" : "",
                    place(peer));
        }
        out.append('\n');
        for (JsonNode each : upstream.path("head")) {
            String why = each.path("why").asText();
            line(
                    out,
                    "%s  %-50s %s%s%s%n",
                    indent,
                    each.path("header").asText(),
                    place(each),
                    why.isEmpty() ? "" : (each.has("line") ? ", " : "") + why,
                    each.path("varies").asBoolean() ? "  (another for each request)" : "");
        }
        line(out, "%s  content: %s%n", indent, upstream.path("body").asText());
    }

    private static void list(StringBuilder out, String title, JsonNode texts, String indent) {
        if (!texts.isEmpty()) {
            line(out, "%n%s%s:%n", indent, title);
            texts.forEach(text -> line(out, "%s  - %s%n", indent, text.asText()));
        }
    }

    private static String place(JsonNode of) {
        return of.path("line").asInt() == 0
                ? ""
                : of.path("file").asText().replaceFirst(".*/", "") + ":"
                        + of.path("line").asInt();
    }
}
