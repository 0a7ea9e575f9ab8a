package hopyard.backend;

import hopyard.backend.database.Failure;
import hopyard.backend.database.Session;

/** The two tables of {@link Notes}, made where they are missing, with a few notes to begin with. */
final class NotesTables {

    /** The number of an advisory lock of PostgreSQL's, so that of several apps one makes the tables. */
    private static final long LOCK = 7_016_996_765_293_437_281L;

    private static final String ARE_THERE = "SELECT to_regclass('hopyard_note') IS NOT NULL";

    private static final String AUTHORS =
            "CREATE TABLE hopyard_author (id serial PRIMARY KEY, name text NOT NULL UNIQUE)";

    private static final String NOTES = "CREATE TABLE hopyard_note (id serial PRIMARY KEY,"
            + " author_id integer NOT NULL REFERENCES hopyard_author, text text NOT NULL,"
            + " votes integer NOT NULL DEFAULT 0)";

    private static final String FIRST_AUTHORS = "INSERT INTO hopyard_author (name) VALUES"
            + " ('Ada'), ('Brian'), ('Edsger'), ('Grace'), ('Joan'), ('Ken'), ('Radia')";

    private static final String FIRST_NOTES = """
            INSERT INTO hopyard_note (author_id, text) SELECT author.id, first.text FROM (VALUES
                (1, 'Ada', 'A port is a number. Who listens there is another question.'),
                (2, 'Brian', '502: the app did not answer. 500: it did, and was sorry.'),
                (3, 'Edsger', 'Simplicity is a prerequisite for reliability.'),
                (4, 'Grace', 'The connection is kept. The request is over.'),
                (5, 'Joan', 'An ephemeral port is lent for as long as the connection lasts.'),
                (6, 'Ken', 'Ask the kernel: ss -tnp.'),
                (7, 'Radia', 'Every packet has come from somewhere.'),
                (8, 'Ada', 'X-Forwarded-For is what somebody on the way has said.'),
                (9, 'Brian', 'A pool of five serves five at a time.'),
                (10, 'Edsger', 'One query for the list, and one for each author: that is N+1.'),
                (11, 'Grace', 'A lock is held until the transaction ends, not until you are done.'),
                (12, 'Joan', 'idle in transaction: somebody has gone for coffee.'),
                (13, 'Ken', 'localhost in a container is the container.'),
                (14, 'Radia', 'The shortest timeout on the way decides.'),
                (15, 'Ada', 'Retry what is safe to be done twice.'),
                (16, 'Brian', 'Connection refused is an answer, and a quick one.'),
                (17, 'Edsger', 'Measure first.'),
                (18, 'Grace', 'The log of the database has the trace of the request.'),
                (19, 'Joan', 'Close what you have opened.'),
                (20, 'Ken', 'When in doubt, look at the wire.')
            ) AS first (place, name, text) JOIN hopyard_author author USING (name) ORDER BY first.place""";

    private NotesTables() {}

    /** Makes the tables where they are missing. */
    static Void make(Session session) throws Failure {
        if (areThere(session)) {
            return null;
        }
        session.begin();
        session.query("SELECT pg_advisory_xact_lock(?)", LOCK);
        if (!areThere(session)) {
            session.query(AUTHORS);
            session.query(NOTES);
            session.query(FIRST_AUTHORS);
            session.query(FIRST_NOTES);
        }
        session.commit();
        return null;
    }

    private static boolean areThere(Session session) throws Failure {
        return (Boolean) session.query(ARE_THERE).get(0)[0];
    }
}
