package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Watchers;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.server.Configuration;
import io.undertow.util.Headers;
import java.time.Duration;
import java.time.Instant;

/**
 * {@code config}: the running nginx.conf with hit counts by line, what became of it and what becomes of it; changing
 * it, on trial unless it is kept; what is different; and a lock for who must not be disturbed. The file is never
 * written to.
 */
public final class Config {

    private static final int MAX_SECONDS = 300;

    /** How long a configuration is on trial, and a lock holds, if nobody says so. */
    private static final int SECONDS = 30;

    private static final int MAX_NAME = 60;

    private static final long TELL_MILLIS = 100;

    private final ConsoleContext context;
    private final Watchers watchers;
    private final Trials trials;
    private final ConfigView view;
    private final ConfigDiff diff;
    private final LockHolders holders;

    private ConfigState told;

    /**
     * @param loaders loads one configuration after the other
     */
    public Config(ConsoleContext context, WorkerThreads loaders, Watchers watchers) {
        this.context = context;
        this.watchers = watchers;
        trials = new Trials(context, loaders);
        view = new ConfigView(context, trials);
        diff = new ConfigDiff(context, trials);
        holders = new LockHolders(context, loaders, trials);
        told = trials.now();
        context.ticker().every(TELL_MILLIS, this::tell);
    }

    public Answer answer(ConsoleRequest request) throws Refusal {
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

    private Answer shown(ConsoleRequest request) {
        tag(request, trials.now());
        return Answer.of(request, 200, view.json(request, Json.array()), view::text);
    }

    /** RFC 9110 §8.8.3: what If-Match is to say. */
    private void tag(ConsoleRequest request, ConfigState state) {
        request.exchange().responseHeaders().put(Headers.ETAG, "\"" + view.version(state.number()) + "\"");
    }

    private Answer test(ConsoleRequest request) throws Refusal {
        try {
            Configuration next = context.server().test(ConfigText.of(request));
            check(next);
            return Answer.json(
                    200, Json.object().put("ok", true).set("warnings", LockoutWarnings.of(request.exchange(), next)));
        } catch (ConfException e) {
            throw ConfigText.mistake(e);
        }
    }

    private static void check(Configuration next) throws Refusal {
        if (!(Recorder.of(next) instanceof ExchangeLog)) {
            throw new Refusal(
                    422,
                    "no location has \"hop_console\" in this text, so nobody could take it back here:"
                            + " put it in, or change the file itself and reload");
        }
    }

    // ---- changes

    /** Something that somebody wants done; warnings go into the array. */
    private interface Change {
        void make(ConsoleRequest request, String by, ArrayNode warnings) throws ConfException, Refusal;
    }

    private Answer changed(ConsoleRequest request, Change change) throws Refusal {
        mayChange(request);
        ArrayNode warnings = Json.array();
        try {
            change.make(request, by(request), warnings);
        } catch (ConfException e) {
            throw ConfigText.mistake(e);
        }
        tag(request, trials.now());
        return Answer.ofJson(200, view.json(request, warnings));
    }

    /**
     * It is the running configuration that says who may change it. A request that another one has let in may have been
     * on its way for long, and what came in between may let nobody in any more.
     */
    private void mayChange(ConsoleRequest request) throws Refusal {
        if (request.exchange().configuration() != context.configuration() && !endsItsLock(request)) {
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
                    "\"" + now.lock().name() + "\" has the configuration for " + ConfigView.seconds(now.leftMillis())
                            + " more: try again then",
                    Json.object().put("holder", now.lock().name()).put("leftMs", now.leftMillis()));
        }
        if (now.lock() == null && !token.isEmpty()) {
            throw new Refusal(409, "this lock has ended, or a reload has ended it: POST config/lock for another one");
        }
        String wanted = request.exchange().header(Headers.IF_MATCH);
        if (wanted != null && !wanted.equals("*") && !wanted.replace("\"", "").equals(view.version(now.number()))) {
            long ago = Duration.between(now.change().at(), Instant.now()).toMillis();
            throw new Refusal(
                    412,
                    "the configuration has changed since: by " + now.change().by() + ", " + ConfigView.seconds(ago)
                            + " ago; GET config shows it",
                    Json.object()
                            .put("version", view.version(now.number()))
                            .set("changed", now.change().json()));
        }
    }

    private static String token(ConsoleRequest request) throws Refusal {
        return request.parameter(request.json(), "token", "");
    }

    /** Who asks: the name that they give, and where they are. */
    private static String by(ConsoleRequest request) throws Refusal {
        String host = request.exchange().client().host();
        String name = name(request);
        return name.isEmpty() ? host : name + " (" + host + ")";
    }

    private static String name(ConsoleRequest request) throws Refusal {
        String name = request.parameter(request.json(), "name", "")
                .replaceAll("\\p{Cntrl}", " ")
                .strip();
        return name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    private static int howLong(ConsoleRequest request) throws Refusal {
        return request.integer(request.json(), "seconds", SECONDS, 1, MAX_SECONDS);
    }

    private void begin(ConsoleRequest request, String by, ArrayNode warnings) throws ConfException, Refusal {
        String text = ConfigText.of(request);
        int seconds = howLong(request);
        trials.begin(text, by, seconds, next -> {
            check(next);
            warnings.addAll(LockoutWarnings.of(request.exchange(), next));
        });
        log(request, "the console has put an edited configuration to work");
    }

    private void keep(ConsoleRequest request, String by, ArrayNode warnings) throws Refusal {
        notLocked();
        if (!trials.now().isOnTrial()) {
            throw new Refusal(409, "there is nothing to keep: what runs stays, until the next reload");
        }
        trials.keep();
        log(request, "the console keeps the edited configuration");
    }

    private void revert(ConsoleRequest request, String by, ArrayNode warnings) throws ConfException, Refusal {
        notLocked();
        trials.goBack(by);
        log(request, "the console has gone back to what was kept last");
    }

    private void goToFile(ConsoleRequest request, String by, ArrayNode warnings) throws ConfException, Refusal {
        notLocked();
        // the file may be without a console: who changes that has a hold of it
        trials.goToFile(by, next -> warnings.addAll(LockoutWarnings.of(request.exchange(), next)));
        log(request, "the console has gone back to the configuration of the file");
    }

    private void notLocked() throws Refusal {
        if (trials.now().lock() != null) {
            throw new Refusal(409, "under a lock nothing is kept: DELETE config/lock puts back what ran before it");
        }
    }

    /** Whose lock ends gets what ran before, which comes anyway: a page that is left has no second try. */
    private boolean endsItsLock(ConsoleRequest request) throws Refusal {
        ConfigState now = trials.now();
        return request.method().equals("DELETE")
                && now.lock() != null
                && now.lock().token().equals(token(request));
    }

    private Answer lock(ConsoleRequest request) throws Refusal {
        mayChange(request);
        ConfigState now = trials.now();
        String name = now.lock() == null ? name(request) : now.lock().name();
        if (name.isEmpty()) {
            throw new Refusal(400, "say who you are: {\"name\": …}");
        }
        if (now.lock() == null && now.isOnTrial()) {
            throw new Refusal(
                    409,
                    "the configuration of " + now.change().by() + " waits to be kept, for "
                            + ConfigView.seconds(now.leftMillis()) + " more: keep it, or go back (POST config/revert)",
                    Json.object().put("holder", now.change().by()).put("leftMs", now.leftMillis()));
        }
        String token = trials.lock(name, howLong(request)).token();
        return Answer.json(200, view.state().put("token", token));
    }

    private void unlock(ConsoleRequest request, String by, ArrayNode warnings) throws ConfException, Refusal {
        if (trials.now().lock() == null) {
            throw new Refusal(404, "there is no lock");
        }
        trials.unlock();
    }

    private static void log(ConsoleRequest request, String message) {
        request.exchange().log(ErrorLog.Level.WARN, message);
    }

    /** Who holds the lock. */
    public LockHolders holders() {
        return holders;
    }

    private void tell() {
        ConfigState now = trials.now();
        if (!now.equals(told)) {
            told = now;
            watchers.tell("config", event());
        }
    }

    /** What is told to those who watch, at first and whenever it changes. */
    public String event() {
        return view.event();
    }
}
