/**
 * What the app needs of a database, and how one is found: the database itself is in a jar of its own, which is loaded
 * only if there is a DATABASE_URL.
 */
package hopyard.backend.database;
