package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Iterators;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.JsonContent;
import hopyard.proxy.server.Configuration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The running configuration as JSON and as text: its files with hit counts by line, what became of it and what becomes
 * of it.
 */
final class ConfigView {

    private final ConsoleContext context;
    private final Trials trials;
    /** Tells versions of this process from those of another one. */
    private final String run = Long.toString(System.currentTimeMillis(), 36);

    ConfigView(ConsoleContext context, Trials trials) {
        this.context = context;
        this.trials = trials;
    }

    /** Names what was put to work under a number, for If-Match. */
    String version(long number) {
        return run + "-" + number;
    }

    /** A time for people, in whole seconds. */
    static String seconds(long millis) {
        return (millis + 999) / 1000 + " s";
    }

    /** What is told to those who watch, at first and whenever it changes. */
    String event() {
        return Json.compact(state());
    }

    ObjectNode state() {
        ConfigState now = trials.now();
        ObjectNode state = Json.object()
                .put("version", version(now.number()))
                .put("edited", isEdited(now))
                .set("changed", now.change().json());
        if (now.isOnTrial()) {
            state.put("revertsInMs", now.leftMillis());
            state.put("revertsTo", now.kept().isFile() ? "file" : "kept");
        }
        if (now.problem() != null) {
            state.put("problem", now.problem());
        }
        state.putObject("kept")
                .put("version", version(now.kept().number()))
                .put("edited", !now.kept().isFile());
        if (now.lock() != null) {
            state.putObject("lock").put("name", now.lock().name()).put("leftMs", now.leftMillis());
        }
        return state;
    }

    /** Whether what runs is no file's, but a text that somebody gave. */
    private static boolean isEdited(ConfigState now) {
        return now.isOnTrial() || !now.kept().isFile();
    }

    AnswerContent json(ConsoleRequest request, ArrayNode warnings) {
        Configuration running = context.configuration();
        LineHits hits = new LineHits(running);
        ObjectNode state = state();
        return new JsonContent(
                out -> {
                    out.writeStartObject();
                    out.writeBooleanField("mayEdit", request.mayEdit());
                    for (Map.Entry<String, JsonNode> field : state.properties()) {
                        out.writeObjectField(field.getKey(), field.getValue());
                    }
                    out.writeObjectField("warnings", warnings);
                    out.writeArrayFieldStart("files");
                },
                Iterators.map(running.sources().entrySet().iterator(), source -> {
                    ObjectNode file = Json.object()
                            .put("name", Paths.fromBytes(source.getKey()))
                            .put("text", Paths.fromBytes(source.getValue()));
                    ObjectNode counts = file.putObject("hits");
                    hits.of(source.getKey()).forEach((line, count) -> counts.put("" + line, count));
                    return file;
                }));
    }

    Iterator<String> text() {
        Configuration running = context.configuration();
        LineHits hits = new LineHits(running);
        String state = inWords(trials.now());
        return running.sources().entrySet().stream()
                .flatMap(source -> {
                    Map<Integer, Long> counts = hits.of(source.getKey());
                    AtomicInteger number = new AtomicInteger();
                    return Stream.concat(
                            Stream.of("# " + Paths.fromBytes(source.getKey()) + state + "\n"),
                            source.getValue().lines().map(line -> {
                                Long count = counts.get(number.incrementAndGet());
                                return String.format(
                                        "%9s %4d  %s%n",
                                        count == null ? "" : count + "×", number.get(), Paths.fromBytes(line));
                            }));
                })
                .iterator();
    }

    private static String inWords(ConfigState now) {
        String words =
                isEdited(now) ? ", as edited in the console by " + now.change().by() : "";
        if (now.isOnTrial()) {
            words += ", goes in " + seconds(now.leftMillis()) + (now.lock() == null ? " unless it is kept" : "");
        }
        return words + (now.lock() == null ? "" : "; locked by " + now.lock().name());
    }
}
