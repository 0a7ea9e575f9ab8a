package hopyard.backend;

import hopyard.backend.database.Caller;
import hopyard.backend.database.ConfiguredDatabase;
import hopyard.backend.database.Database;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Outcome;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.util.Map;

/** Asks the database for endpoints, and answers for it where it fails. */
final class Rows {

    /** When to come again if the pool is exhausted, in s. */
    private static final String RETRY_AFTER = "1";

    /** Answers with what the database has given. */
    interface Answer<T> {
        void answer(HttpServerExchange exchange, T value) throws Exception;
    }

    private final ConfiguredDatabase database;
    private final boolean debug;

    /**
     * @param debug whether clients are told what has failed
     */
    Rows(ConfiguredDatabase database, boolean debug) {
        this.database = database;
        this.debug = debug;
    }

    /** Has the job done, and the request answered with what it returns. */
    <T> void ask(HttpServerExchange exchange, Database.Job<T> job, Answer<T> answer) {
        // what an answer looks like, and an error, too, depends on it
        exchange.getResponseHeaders().add(Headers.VARY, "Accept");
        Asking asking = Asking.begin(exchange, Places.QUERIES);
        if (asking != null) {
            Caller caller = Asking.caller(exchange);
            database.use(
                    opened -> opened.run(caller, job, outcome -> asking.then(() -> answer(exchange, outcome, answer))),
                    reason -> asking.then(() -> missing(exchange, reason)));
        }
    }

    private <T> void answer(HttpServerExchange exchange, Outcome<T> outcome, Answer<T> answer) throws Exception {
        exchange.putAttachment(Hops.DATABASE, outcome.hop());
        if (outcome.failure() == null) {
            answer.answer(exchange, outcome.value());
        } else {
            fail(exchange, outcome.failure());
        }
    }

    /** Answers that this app has no database. */
    static void missing(HttpServerExchange exchange, String reason) {
        tell(
                exchange,
                503,
                "No database",
                "none",
                "This app has no database: " + reason + ". ./playground starts one, unless it is told not to.");
    }

    private void fail(HttpServerExchange exchange, Failure failure) {
        boolean isBusy = failure.code() == Failure.Code.POOL_TIMEOUT;
        if (isBusy) {
            exchange.getResponseHeaders().put(Headers.RETRY_AFTER, RETRY_AFTER);
        }
        if (debug || isBusy) {
            String title = (isBusy ? "Too much at once" : "OperationalError") + " at " + exchange.getRequestPath();
            tell(exchange, isBusy ? 503 : 500, title, failure.code().token(), failure.getMessage());
        } else {
            tell(exchange, 500, "Server Error (500)", "server_error", "Server Error (500)");
        }
    }

    private static void tell(HttpServerExchange exchange, int status, String title, String code, String sentence) {
        if (NotesPage.isWanted(exchange)) {
            NotesPage.send(exchange, status, NotesPage.ofFailure(title, sentence));
        } else if (Respond.wantsJson(exchange)) {
            Respond.json(exchange, status, Map.of("error", Map.of("code", code, "text", sentence)));
        } else {
            Respond.text(exchange, status, sentence + "\n");
        }
    }
}
