/** What {@code database/bin/postgres} needs to run a PostgreSQL for {@code ./playground}. */
package hopyard.database.embedded;
