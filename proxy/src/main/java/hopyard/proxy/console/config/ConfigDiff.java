package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Iterators;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.JsonContent;
import hopyard.proxy.console.endpoint.Refusal;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code config/diff}: what is different between two main files, as a unified diff. Each may be what runs, what was
 * kept last, what the file holds now, or, of a POST, a text.
 */
final class ConfigDiff {

    private final ConsoleContext context;
    private final Trials trials;

    ConfigDiff(ConsoleContext context, Trials trials) {
        this.context = context;
        this.trials = trials;
    }

    Answer answer(ConsoleRequest request) throws Refusal {
        String given = request.changesState() ? ConfigText.of(request) : null;
        String from = request.parameter(request.json(), "from", given == null ? "kept" : "running");
        String to = request.parameter(request.json(), "to", given == null ? "running" : "text");
        LineDiff diff = new LineDiff(text(request, from, given), text(request, to, given));
        List<LineDiff.Hunk> hunks = diff.hunks();
        return Answer.of(
                request,
                200,
                new JsonContent(
                        out -> {
                            out.writeStartObject();
                            out.writeStringField("from", from);
                            out.writeStringField("to", to);
                            out.writeNumberField("removed", diff.removed());
                            out.writeNumberField("added", diff.added());
                            out.writeArrayFieldStart("hunks");
                        },
                        Iterators.map(hunks.iterator(), ConfigDiff::json)),
                () -> unified(from, to, hunks));
    }

    private String text(ConsoleRequest request, String which, String given) throws Refusal {
        return switch (which) {
            case "running" -> Paths.fromBytes(ConfigState.mainText(context.configuration()));
            case "kept" -> Paths.fromBytes(trials.now().kept().text());
            case "file" -> file(request);
            case "text" -> {
                if (given == null) {
                    throw new Refusal(400, "POST config/diff with {\"text\": …} to compare a text");
                }
                yield Paths.fromBytes(given);
            }
            default -> throw new Refusal(400, "from and to must be running, kept, file or text, not \"" + which + "\"");
        };
    }

    private String file(ConsoleRequest request) throws Refusal {
        if (!request.mayEdit()) {
            // what it holds now may never run
            throw new Refusal(403, "the file is shown only where it may be put to work: \"hop_console edit\"");
        }
        try {
            return Paths.fromBytes(context.server().fileText());
        } catch (IOException e) {
            throw new Refusal(404, "the file cannot be read: " + SystemErrors.text(e));
        }
    }

    private static ObjectNode json(LineDiff.Hunk hunk) {
        ObjectNode json = Json.object()
                .put("header", hunk.header())
                .put("fromLine", hunk.fromLine())
                .put("toLine", hunk.toLine());
        hunk.lines().forEach(json.putArray("lines")::add);
        return json;
    }

    private static Iterator<String> unified(String from, String to, List<LineDiff.Hunk> hunks) {
        if (hunks.isEmpty()) {
            return List.of(from + " and " + to + " are the same\n").iterator();
        }
        return Stream.concat(
                        Stream.of("--- " + from + "\n+++ " + to + "\n"),
                        hunks.stream().map(hunk -> hunk.header() + "\n" + String.join("\n", hunk.lines()) + "\n"))
                .iterator();
    }
}
