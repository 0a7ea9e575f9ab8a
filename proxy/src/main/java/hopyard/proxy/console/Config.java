package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.http.Configuration;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Location;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * {@code config}: the running nginx.conf with hit counts by line. {@code POST config/test} checks a text,
 * {@code POST config} puts it to work, {@code DELETE config} goes back to the file, which is never written to.
 */
final class Config {

    private static final int LONGEST_SECONDS = 300;

    private final Console console;
    private ScheduledFuture<?> goingBack;

    Config(Console console) {
        this.console = console;
    }

    Answer answer(Request request) throws Refusal {
        String what = request.method() + " " + request.rest();
        return switch (what) {
            case "GET ", "HEAD " -> Answer.of(request, 200, json(request), this::text);
            case "POST test" -> {
                test(text(request));
                yield Answer.json(200, Json.object().put("ok", true));
            }
            case "POST " -> {
                applyFor(request, text(request));
                yield Answer.ofJson(200, json(request));
            }
            case "DELETE " -> {
                apply(request, null);
                yield Answer.ofJson(200, json(request));
            }
            default ->
                throw new Refusal(
                        405, "GET config, POST config/test and POST config with {\"text\": …}, or DELETE config");
        };
    }

    private static String text(Request request) throws Refusal {
        if (!request.json().path("text").isTextual()) {
            throw new Refusal(400, "send {\"text\": …} with the whole nginx.conf");
        }
        return Paths.toBytes(request.json().get("text").asText());
    }

    private void test(String text) throws Refusal {
        try {
            check(console.server().test(text));
        } catch (ConfException e) {
            throw mistake(e);
        }
    }

    private static void check(Configuration next) throws Refusal {
        if (!(next.recorder() instanceof ExchangeLog)) {
            throw new Refusal(
                    422,
                    "no location has \"hop_console\" in this text, so nobody could take it back here:"
                            + " put it in, or change the file itself and reload");
        }
    }

    /** With {@code "seconds"}, what ran before comes back after them unless something else was put to work. */
    private void applyFor(Request request, String text) throws Refusal {
        int seconds = request.integer(request.json(), "seconds", 0, 0, LONGEST_SECONDS);
        String before = console.server().isEdited() ? mainText() : null;
        apply(request, text);
        Configuration applied = running();
        if (seconds > 0) {
            goBackAfter(seconds, applied, before);
        }
    }

    /** Only the last text that was put to work may have something to go back to, so there is one timer at most. */
    private synchronized void goBackAfter(int seconds, Configuration applied, String before) {
        if (goingBack != null) {
            goingBack.cancel(false);
        }
        goingBack =
                console.ticker().schedule(() -> console.load(() -> goBack(applied, before)), seconds, TimeUnit.SECONDS);
    }

    private void goBack(Configuration applied, String before) {
        if (running() != applied) {
            return;
        }
        try {
            console.server().apply(before);
            running().log().write(ErrorLog.Level.WARN, "the console has gone back to what ran before");
        } catch (ConfException e) {
            running()
                    .log()
                    .write(
                            ErrorLog.Level.ERROR,
                            "the console cannot go back: " + mistake(e).getMessage());
        }
    }

    /** The text of the main file, as it runs: the first one that was read. */
    private String mainText() {
        return running().sources().values().iterator().next();
    }

    private void apply(Request request, String text) throws Refusal {
        if (!request.mayEdit()) {
            throw new Refusal(
                    403,
                    "the running configuration may not be changed here: \"hop_console\" in nginx.conf lacks \"edit\"");
        }
        try {
            console.server().apply(text, next -> {
                // the file may be without a console: who changes that has a hold of it
                if (text != null) {
                    check(next);
                }
            });
        } catch (ConfException e) {
            throw mistake(e);
        }
        request.exchange()
                .log(
                        ErrorLog.Level.WARN,
                        text == null
                                ? "the console has gone back to the configuration of the file"
                                : "the console has put an edited configuration to work");
    }

    /** Says a mistake in nginx's words, and apart from them its line. */
    private static Refusal mistake(ConfException e) {
        String message = Paths.fromBytes(e.getMessage());
        ObjectNode details = Json.object();
        if (e.file() != null) {
            details.put("message", Paths.fromBytes(e.what()))
                    .put("file", e.file())
                    .put("line", e.line());
        }
        return new Refusal(422, "nginx: [emerg] " + message, details);
    }

    private Configuration running() {
        return console.server().http().configuration();
    }

    private Content json(Request request) {
        Configuration running = running();
        Map<String, Map<Integer, Long>> hits = hits(running);
        return new JsonContent(
                out -> {
                    out.writeStartObject();
                    out.writeBooleanField("mayEdit", request.mayEdit());
                    out.writeBooleanField("edited", console.server().isEdited());
                    out.writeArrayFieldStart("files");
                },
                Each.of(running.sources().entrySet().iterator(), source -> {
                    ObjectNode file = Json.object()
                            .put("name", Paths.fromBytes(source.getKey()))
                            .put("text", Paths.fromBytes(source.getValue()));
                    ObjectNode counts = file.putObject("hits");
                    hits.getOrDefault(source.getKey(), Map.of()).forEach((line, count) -> counts.put("" + line, count));
                    return file;
                }));
    }

    private Iterator<String> text() {
        Configuration running = running();
        Map<String, Map<Integer, Long>> hits = hits(running);
        String edited = console.server().isEdited() ? ", as edited in the console" : "";
        return running.sources().entrySet().stream()
                .flatMap(source -> {
                    Map<Integer, Long> counts = hits.getOrDefault(source.getKey(), Map.of());
                    AtomicInteger number = new AtomicInteger();
                    return Stream.concat(
                            Stream.of("# " + Paths.fromBytes(source.getKey()) + edited + "\n"),
                            source.getValue().lines().map(line -> {
                                Long count = counts.get(number.incrementAndGet());
                                return String.format(
                                        "%9s %4d  %s%n",
                                        count == null ? "" : count + "×", number.get(), Paths.fromBytes(line));
                            }));
                })
                .iterator();
    }

    /** How many requests each line of each file has served. */
    private static Map<String, Map<Integer, Long>> hits(Configuration configuration) {
        Map<Directive, Long> peers = new IdentityHashMap<>();
        for (UpstreamGroup group : configuration.upstreams()) {
            for (PeerSettings peer : group.settings()) {
                peers.merge(peer.directive(), peer.hits().sum(), Long::sum);
            }
        }
        Map<String, Map<Integer, Long>> hits = new TreeMap<>();
        for (Location location : configuration.locations()) {
            long count = location.hits().sum();
            Set<String> counted = new HashSet<>();
            for (Directive directive : location.source().directives()) {
                // several directives may share a line
                if (!peers.containsKey(directive) && counted.add(directive.place())) {
                    add(hits, directive, count);
                }
            }
        }
        peers.forEach((directive, count) -> {
            if (directive.name().equals("server")) {
                add(hits, directive, count);
            }
        });
        return hits;
    }

    private static void add(Map<String, Map<Integer, Long>> hits, Directive directive, long count) {
        if (directive.line() > 0 && count > 0) {
            hits.computeIfAbsent(directive.file(), f -> new TreeMap<>()).merge(directive.line(), count, Long::sum);
        }
    }
}
