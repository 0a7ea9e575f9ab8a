package hopyard.proxy.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import io.undertow.util.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * {@code config}: the running nginx.conf with hit counts by line, what became of it and what becomes of it; changing it, on trial
 * unless it is kept; what is different; and a lock for who must not be disturbed. The file is never written to.
 */
final class Config {

    private static final int MAX_SECONDS = 300;

    /** How long a configuration is on trial, and a lock holds, if nobody says so. */
    private static final int SECONDS = 30;

    private static final int MAX_NAME = 60;

    private static final long TELL_MILLIS = 100;

    private final Console console;
    private final Trials trials;
    private final ConfigDiff diff;
    private final Holders holders;
    /** Tells versions of this process from those of another one. */
    private final String run = Long.toString(System.currentTimeMillis(), 36);

    private ConfigState told;

    Config(Console console) {
        this.console = console;
        trials = new Trials(console);
        diff = new ConfigDiff(console, trials);
        holders = new Holders(console, trials);
        told = trials.now();
        console.every(TELL_MILLIS, this::tell);
    }

    Answer answer(Request request) throws Refusal {
        String what = request.method() + " " + request.rest();
        return switch (what) {
            case "GET ", "HEAD " -> shown(request);
            case "GET diff", "HEAD diff", "POST diff" -> diff.answer(request);
            case "POST test" -> test(request);
            case "POST ", "PUT " -> changed(request, this::begin);
            case "POST keep" -> changed(request, this::keep);
            case "POST revert" -> changed(request, this::revert);
            case "DELETE " -> changed(request, this::goToFile);
            case "POST lock" -> lock(request);
            case "DELETE lock" -> changed(request, this::unlock);
            default ->
                throw new Refusal(
                        405,
                        "GET config, GET or POST config/diff, POST config/test, POST config with {\"text\": …}, POST"
                                + " config/keep, POST config/revert, POST or DELETE config/lock, or DELETE config");
        };
    }

    private Answer shown(Request request) {
        tag(request, trials.now());
        return Answer.of(request, 200, json(request, Json.array()), this::text);
    }

    /** RFC 9110 §8.8.3: what If-Match is to say. */
    private void tag(Request request, ConfigState state) {
        request.exchange().responseHeaders().put(Headers.ETAG, "\"" + version(state.number()) + "\"");
    }

    private String version(long number) {
        return run + "-" + number;
    }

    static String text(Request request) throws Refusal {
        if (!request.json().path("text").isTextual()) {
            throw new Refusal(400, "send {\"text\": …} with the whole nginx.conf");
        }
        return Paths.toBytes(request.json().get("text").asText());
    }

    private Answer test(Request request) throws Refusal {
        try {
            Configuration next = console.server().test(text(request));
            check(next);
            return Answer.json(
                    200, Json.object().put("ok", true).set("warnings", Foresight.of(request.exchange(), next)));
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

    // ---- changes

    /** Something that somebody wants done; warnings go into the array. */
    private interface Change {
        void make(Request request, String by, ArrayNode warnings) throws ConfException, Refusal;
    }

    private Answer changed(Request request, Change change) throws Refusal {
        mayChange(request);
        ArrayNode warnings = Json.array();
        try {
            change.make(request, by(request), warnings);
        } catch (ConfException e) {
            throw mistake(e);
        }
        tag(request, trials.now());
        return Answer.ofJson(200, json(request, warnings));
    }

    /**
     * It is the running configuration that says who may change it. A request that another one has let in may have been on its way
     * for long, and what came in between may let nobody in any more.
     */
    private void mayChange(Request request) throws Refusal {
        if (request.exchange().configuration() != running() && !endsItsLock(request)) {
            throw new Refusal(409, "the configuration has changed since this request began: look at it and ask again");
        }
        if (!request.mayEdit()) {
            throw new Refusal(
                    403,
                    "the running configuration may not be changed here: \"hop_console\" in nginx.conf lacks \"edit\"");
        }
        ConfigState now = trials.now();
        String token = token(request);
        if (now.lock() != null && !now.lock().token().equals(token)) {
            throw new Refusal(
                    409,
                    "\"" + now.lock().name() + "\" has the configuration for " + seconds(now.leftMillis())
                            + " more: try again then",
                    Json.object().put("holder", now.lock().name()).put("leftMs", now.leftMillis()));
        }
        if (now.lock() == null && !token.isEmpty()) {
            throw new Refusal(409, "this lock has ended, or a reload has ended it: POST config/lock for another one");
        }
        String wanted = request.exchange().header(Headers.IF_MATCH);
        if (wanted != null && !wanted.equals("*") && !wanted.replace("\"", "").equals(version(now.number()))) {
            long ago = Duration.between(now.change().at(), Instant.now()).toMillis();
            throw new Refusal(
                    412,
                    "the configuration has changed since: by " + now.change().by() + ", " + seconds(ago)
                            + " ago; GET config shows it",
                    Json.object()
                            .put("version", version(now.number()))
                            .set("changed", now.change().json()));
        }
    }

    private static String seconds(long millis) {
        return (millis + 999) / 1000 + " s";
    }

    private static String token(Request request) throws Refusal {
        return request.parameter(request.json(), "token", "");
    }

    /** Who asks: the name that they give, and where they are. */
    private static String by(Request request) throws Refusal {
        String host = request.exchange().client().host();
        String name = name(request);
        return name.isEmpty() ? host : name + " (" + host + ")";
    }

    private static String name(Request request) throws Refusal {
        String name = request.parameter(request.json(), "name", "")
                .replaceAll("\\p{Cntrl}", " ")
                .strip();
        return name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    private static int howLong(Request request) throws Refusal {
        return request.integer(request.json(), "seconds", SECONDS, 1, MAX_SECONDS);
    }

    private void begin(Request request, String by, ArrayNode warnings) throws ConfException, Refusal {
        String text = text(request);
        int seconds = howLong(request);
        trials.begin(text, by, seconds, next -> {
            check(next);
            warnings.addAll(Foresight.of(request.exchange(), next));
        });
        log(request, "the console has put an edited configuration to work");
    }

    private void keep(Request request, String by, ArrayNode warnings) throws Refusal {
        notLocked();
        if (!trials.now().isOnTrial()) {
            throw new Refusal(409, "there is nothing to keep: what runs stays, until the next reload");
        }
        trials.keep();
        log(request, "the console keeps the edited configuration");
    }

    private void revert(Request request, String by, ArrayNode warnings) throws ConfException, Refusal {
        notLocked();
        trials.goBack(by);
        log(request, "the console has gone back to what was kept last");
    }

    private void goToFile(Request request, String by, ArrayNode warnings) throws ConfException, Refusal {
        notLocked();
        // the file may be without a console: who changes that has a hold of it
        trials.goToFile(by, next -> warnings.addAll(Foresight.of(request.exchange(), next)));
        log(request, "the console has gone back to the configuration of the file");
    }

    private void notLocked() throws Refusal {
        if (trials.now().lock() != null) {
            throw new Refusal(409, "under a lock nothing is kept: DELETE config/lock puts back what ran before it");
        }
    }

    /** Whose lock ends gets what ran before, which comes anyway: a page that is left has no second try. */
    private boolean endsItsLock(Request request) throws Refusal {
        ConfigState now = trials.now();
        return request.method().equals("DELETE")
                && now.lock() != null
                && now.lock().token().equals(token(request));
    }

    private Answer lock(Request request) throws Refusal {
        mayChange(request);
        ConfigState now = trials.now();
        String name = now.lock() == null ? name(request) : now.lock().name();
        if (name.isEmpty()) {
            throw new Refusal(400, "say who you are: {\"name\": …}");
        }
        if (now.lock() == null && now.isOnTrial()) {
            throw new Refusal(
                    409,
                    "the configuration of " + now.change().by() + " waits to be kept, for " + seconds(now.leftMillis())
                            + " more: keep it, or go back (POST config/revert)",
                    Json.object().put("holder", now.change().by()).put("leftMs", now.leftMillis()));
        }
        String token = trials.lock(name, howLong(request)).token();
        return Answer.json(200, state().put("token", token));
    }

    private void unlock(Request request, String by, ArrayNode warnings) throws ConfException, Refusal {
        if (trials.now().lock() == null) {
            throw new Refusal(404, "there is no lock");
        }
        trials.unlock();
    }

    private static void log(Request request, String message) {
        request.exchange().log(ErrorLog.Level.WARN, message);
    }

    /** Says a mistake in nginx's words, and apart from them its line. */
    static Refusal mistake(ConfException e) {
        String message = Paths.fromBytes(e.getMessage());
        ObjectNode details = Json.object();
        if (e.file() != null) {
            details.put("message", Paths.fromBytes(e.what()))
                    .put("file", e.file())
                    .put("line", e.line());
        }
        return new Refusal(422, "nginx: [emerg] " + message, details);
    }

    /** Who holds the lock. */
    Holders holders() {
        return holders;
    }

    // ---- what there is

    private void tell() {
        ConfigState now = trials.now();
        if (!now.equals(told)) {
            told = now;
            console.live().send("config", event());
        }
    }

    /** What is told to those who watch, at first and whenever it changes. */
    String event() {
        return Json.compact(state());
    }

    private ObjectNode state() {
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

    private Configuration running() {
        return console.server().http().configuration();
    }

    private Content json(Request request, ArrayNode warnings) {
        Configuration running = running();
        Map<String, Map<Integer, Long>> hits = hits(running);
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
        String state = inWords(trials.now());
        return running.sources().entrySet().stream()
                .flatMap(source -> {
                    Map<Integer, Long> counts = hits.getOrDefault(source.getKey(), Map.of());
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
