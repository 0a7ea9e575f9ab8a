package hopyard.backend.database;

import java.util.List;

/** A connection to the database for as long as a job has it. What the job leaves open of a transaction is undone. */
public interface Session {

    /**
     * Runs one statement.
     *
     * @param values what stands for its question marks
     * @return its rows; none if it has no result
     * @throws Failure if the database does not do it, or has gone
     */
    List<Object[]> query(String sql, Object... values) throws Failure;

    /**
     * Has the next statements belong to one transaction.
     *
     * @throws Failure if the connection is lost
     */
    void begin() throws Failure;

    /**
     * Makes what has been done since {@link #begin()} last, and visible to others.
     *
     * @throws Failure if the database does not do it, or has gone
     */
    void commit() throws Failure;
}
