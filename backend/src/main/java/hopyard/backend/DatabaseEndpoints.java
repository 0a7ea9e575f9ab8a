package hopyard.backend;

import hopyard.backend.Respond.BadRequest;
import hopyard.backend.database.ConfiguredDatabase;
import hopyard.backend.database.Database;
import hopyard.backend.database.DatabaseUrl;
import hopyard.backend.django.DjangoSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Endpoints that show the database: the server, the pool, its connections, and what was done for a request. */
final class DatabaseEndpoints {

    /** For how long connections may be left open on purpose, in s. */
    private static final int MAX_FULL = 15;

    private final ConfiguredDatabase database;
    private final OwnPages own;

    DatabaseEndpoints(ConfiguredDatabase database, DjangoSettings settings) {
        this.database = database;
        this.own = new OwnPages(settings);
    }

    void addTo(RoutingHandler routes) {
        routes.get("/db", exchange -> answer(exchange, Database::state));
        routes.get("/db/tls", Respond.refusing(this::tls));
        routes.get("/db/requests/{id}", this::request);
        routes.post("/db/fill", Respond.refusing(this::fill));
    }

    private void answer(HttpServerExchange exchange, BiConsumer<Database, Consumer<Map<String, Object>>> question) {
        Asking asking = Asking.begin(exchange, Places.WAITING);
        if (asking != null) {
            database.use(
                    opened -> question.accept(opened, told -> asking.then(() -> Respond.json(exchange, 200, told))),
                    reason -> asking.then(
                            () -> Respond.json(exchange, 200, Map.of("configured", false, "reason", reason))));
        }
    }

    private void tls(HttpServerExchange exchange) throws BadRequest {
        String mode = Respond.parameter(exchange, "mode");
        if (mode == null || !DatabaseUrl.SSL_MODES.contains(mode)) {
            throw new BadRequest("mode must be one of " + DatabaseUrl.SSL_MODES);
        }
        answer(exchange, (opened, then) -> opened.tryTls(mode, then));
    }

    private void fill(HttpServerExchange exchange) throws BadRequest {
        long millis = Respond.millis(exchange, "seconds", 5, MAX_FULL);
        if (own.isFrom(exchange)) {
            answer(exchange, (opened, then) -> opened.fill(millis, then));
        }
    }

    private void request(HttpServerExchange exchange) {
        String id = Respond.parameter(exchange, "id");
        Asking asking = Asking.begin(exchange, Places.WAITING);
        if (asking != null) {
            database.use(
                    opened -> asking.then(() -> {
                        Map<String, Object> told = opened.request(id);
                        if (told == null) {
                            Respond.text(
                                    exchange, 404, "Of the last requests that asked the database, none has this id.\n");
                        } else {
                            Respond.json(exchange, 200, told);
                        }
                    }),
                    reason -> asking.then(() -> Rows.missing(exchange, reason)));
        }
    }
}
