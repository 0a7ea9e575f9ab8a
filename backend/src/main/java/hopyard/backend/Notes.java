package hopyard.backend;

import hopyard.backend.database.Database.Job;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Session;
import java.util.List;

/** Notes with authors and votes in two tables: what is asked of the database, each as a job. */
final class Notes {

    /**
     * A row, as JSON has it.
     *
     * @param id the number that the database has given it
     */
    record Note(long id, String author, String text, long votes) {}

    private static final String NEWEST = "SELECT note.id, author.name, note.text, note.votes FROM hopyard_note note"
            + " JOIN hopyard_author author ON author.id = note.author_id ORDER BY note.id DESC LIMIT 20";

    private static final String NEWEST_WITHOUT_AUTHORS =
            "SELECT id, author_id, text, votes FROM hopyard_note ORDER BY id DESC LIMIT 20";

    private static final String AUTHOR = "SELECT name FROM hopyard_author WHERE id = ?";

    private static final String ONE = "SELECT note.id, author.name, note.text, note.votes FROM hopyard_note note"
            + " JOIN hopyard_author author ON author.id = note.author_id WHERE note.id = ?";

    private static final String CREATE_AUTHOR = "INSERT INTO hopyard_author (name) VALUES (?)"
            + " ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING id";

    private static final String CREATE = "INSERT INTO hopyard_note (author_id, text) VALUES (?, ?) RETURNING id";

    private static final String VOTE = "UPDATE hopyard_note SET votes = votes + 1 WHERE id = ? RETURNING votes";

    private static final String LOCK = "SELECT id FROM hopyard_note WHERE id = ? FOR UPDATE";

    private static final String LOCK_NEWEST = "SELECT id FROM hopyard_note ORDER BY id DESC LIMIT 1 FOR UPDATE";

    private Notes() {}

    /** Returns the newest notes, by one query. */
    static List<Note> newest(Session session) throws Failure {
        return session.query(NEWEST).stream().map(Notes::note).toList();
    }

    /** Returns the same, but asks for the author of each note by a query of its own: N+1 queries. */
    static List<Note> each(Session session) throws Failure {
        List<Object[]> rows = session.query(NEWEST_WITHOUT_AUTHORS);
        for (Object[] row : rows) {
            row[1] = session.query(AUTHOR, row[1]).get(0)[0];
        }
        return rows.stream().map(Notes::note).toList();
    }

    /** Returns one; {@code null} if it is not there. */
    static Job<Note> one(long id) {
        return session ->
                session.query(ONE, id).stream().map(Notes::note).findFirst().orElse(null);
    }

    /** Makes one. */
    static Job<Note> create(String author, String text) {
        return session -> {
            session.begin();
            Object authorId = session.query(CREATE_AUTHOR, author).get(0)[0];
            Object id = session.query(CREATE, authorId, text).get(0)[0];
            session.commit();
            return new Note(number(id), author, text, 0);
        };
    }

    /** Counts a vote for one; returns all votes for it, {@code null} if it is not there. */
    static Job<Long> vote(long id) {
        return session -> {
            List<Object[]> rows = session.query(VOTE, id);
            return rows.isEmpty() ? null : number(rows.get(0)[0]);
        };
    }

    /** Has the database sleep. */
    static Job<Boolean> sleep(double seconds) {
        return session -> {
            session.query("SELECT pg_sleep(?)", seconds);
            return true;
        };
    }

    /**
     * Locks the row of a note, and keeps the transaction open while it does something else.
     *
     * @param id which; {@code null} is the newest
     */
    static Job<Long> lock(Long id, long millis) {
        return session -> {
            session.begin();
            List<Object[]> rows = id == null ? session.query(LOCK_NEWEST) : session.query(LOCK, id);
            if (rows.isEmpty()) {
                return null;
            }
            Thread.sleep(millis);
            session.commit();
            return number(rows.get(0)[0]);
        };
    }

    private static Note note(Object[] row) {
        return new Note(number(row[0]), (String) row[1], (String) row[2], number(row[3]));
    }

    private static long number(Object value) {
        return ((Number) value).longValue();
    }
}
