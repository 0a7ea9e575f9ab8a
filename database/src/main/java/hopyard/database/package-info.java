/**
 * PostgreSQL behind the app, through HikariCP and PostgreSQL's own driver. The app loads this only if there is a
 * DATABASE_URL.
 */
package hopyard.database;
