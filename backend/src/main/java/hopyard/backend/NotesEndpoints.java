package hopyard.backend;

import hopyard.backend.Notes.Note;
import hopyard.backend.Respond.BadRequest;
import hopyard.backend.django.CsrfOrigins;
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
    private final CsrfOrigins origins;

    NotesEndpoints(Rows rows, DjangoSettings settings) {
        this.rows = rows;
        this.origins = new CsrfOrigins(settings);
    }

    void addTo(RoutingHandler routes) {
        routes.get("/notes", Body.without(exchange -> rows.ask(exchange, Notes::newest, NotesEndpoints::list)));
        routes.post(
                "/notes",
                exchange -> Body.read(exchange, new NoteForm(exchange, (author, text, isJson) -> {
                    if (isOwn(exchange)) {
                        rows.ask(exchange, Notes.create(author, text), (same, note) -> created(same, note, isJson));
                    }
                })));
        routes.get("/notes/each", exchange -> rows.ask(exchange, Notes::each, NotesEndpoints::list));
        routes.get("/notes/slow", Respond.refusing(this::slow));
        routes.get("/notes/locked", Respond.refusing(this::locked));
        routes.get("/notes/{id}", Respond.refusing(this::one));
        routes.post("/notes/{id}/vote", Respond.refusing(this::vote));
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

    /** Whether a form has come from a page of this app's, or from no page; answers 403 if not. */
    private boolean isOwn(HttpServerExchange exchange) {
        boolean isOwn = !exchange.getRequestHeaders().contains(Headers.ORIGIN)
                || origins.reasonAgainst(exchange.getAttachment(Url.REQUEST)) == null;
        if (!isOwn) {
            Respond.text(exchange, 403, "A page of another origin has sent this: see CSRF_TRUSTED_ORIGINS.\n");
        }
        return isOwn;
    }

    private static long id(HttpServerExchange exchange) throws BadRequest {
        return Respond.integer(exchange, "id", 0, 0, Integer.MAX_VALUE);
    }

    private void one(HttpServerExchange exchange) throws BadRequest {
        rows.ask(exchange, Notes.one(id(exchange)), (same, note) -> {
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

    private void vote(HttpServerExchange exchange) throws BadRequest {
        long id = id(exchange);
        if (!isOwn(exchange)) {
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
