package hopyard.backend;

import hopyard.backend.Notes.Note;
import hopyard.backend.Respond.BadRequest;
import hopyard.backend.django.DjangoSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.util.Headers;
import java.util.List;
import java.util.Map;

/** The app's feature with rows: {@code /notes}, and what goes wrong with databases, on purpose. */
final class NotesEndpoints {

    private static final int MAX_SECONDS = 60;

    private final Rows rows;
    private final DjangoSettings settings;
    private final OwnPages own;

    NotesEndpoints(Rows rows, DjangoSettings settings) {
        this.rows = rows;
        this.settings = settings;
        this.own = new OwnPages(settings);
    }

    void addTo(RoutingHandler routes) {
        routes.get("/notes", Body.without(exchange -> rows.ask(exchange, Notes::newest, NotesEndpoints::list)));
        routes.post(
                "/notes",
                exchange -> Body.read(exchange, new NoteForm(settings, exchange, (author, text, isJson) -> {
                    if (own.isFrom(exchange)) {
                        rows.ask(exchange, Notes.create(author, text), (same, note) -> created(same, note, isJson));
                    }
                })));
        routes.get("/notes/each", exchange -> rows.ask(exchange, Notes::each, NotesEndpoints::list));
        routes.get("/notes/slow", Respond.refusing(this::slow));
        routes.get("/notes/locked", Respond.refusing(this::locked));
        routes.get("/notes/{id}", this::one);
        routes.post("/notes/{id}/vote", this::vote);
    }

    private static void list(HttpServerExchange exchange, List<Note> notes) {
        if (NotesPage.isWanted(exchange)) {
            NotesPage.send(exchange, 200, NotesPage.of(exchange, notes));
        } else {
            Respond.json(exchange, 200, Map.of("notes", notes));
        }
    }

    private static void created(HttpServerExchange exchange, Note note, boolean isJson) {
        if (isJson) {
            exchange.getResponseHeaders().put(Headers.LOCATION, Url.path(exchange, "/notes/" + note.id()));
            Respond.json(exchange, 201, note);
        } else {
            seeNotes(exchange);
        }
    }

    private static void seeNotes(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.LOCATION, Url.path(exchange, "/notes"));
        Respond.text(exchange, 302, "see /notes\n");
    }

    /** Returns which note the path names; {@code null} if that can be none. */
    private static Long id(HttpServerExchange exchange) {
        try {
            return Respond.integer(exchange, "id", 0, 0, Integer.MAX_VALUE);
        } catch (BadRequest e) {
            return null;
        }
    }

    private void one(HttpServerExchange exchange) {
        Long id = id(exchange);
        if (id == null) {
            noSuchNote(exchange);
            return;
        }
        rows.ask(exchange, Notes.one(id), (same, note) -> {
            if (note == null) {
                noSuchNote(same);
            } else {
                Respond.json(same, 200, note);
            }
        });
    }

    private static void noSuchNote(HttpServerExchange exchange) {
        Respond.text(exchange, 404, "There is no such note.\n");
    }

    private void vote(HttpServerExchange exchange) {
        Long id = id(exchange);
        if (id == null) {
            noSuchNote(exchange);
            return;
        }
        if (!own.isFrom(exchange)) {
            return;
        }
        rows.ask(exchange, Notes.vote(id), (same, votes) -> {
            if (votes == null) {
                noSuchNote(same);
            } else if (NotesPage.isWanted(same)) {
                seeNotes(same);
            } else {
                Respond.json(same, 200, Map.of("id", id, "votes", votes));
            }
        });
    }

    private void slow(HttpServerExchange exchange) throws BadRequest {
        long millis = Respond.millis(exchange, "seconds", 2, MAX_SECONDS);
        rows.ask(
                exchange,
                Notes.sleep(millis / 1e3),
                (same, done) -> Respond.json(same, 200, Map.of("seconds", millis / 1e3)));
    }

    private void locked(HttpServerExchange exchange) throws BadRequest {
        long millis = Respond.millis(exchange, "seconds", 2, MAX_SECONDS);
        Long note = Respond.parameter(exchange, "note") == null
                ? null
                : Respond.integer(exchange, "note", 0, 0, Integer.MAX_VALUE);
        rows.ask(exchange, Notes.lock(note, millis), (same, locked) -> {
            if (locked == null) {
                noSuchNote(same);
            } else {
                Respond.json(same, 200, Map.of("note", locked, "seconds", millis / 1e3));
            }
        });
    }
}
