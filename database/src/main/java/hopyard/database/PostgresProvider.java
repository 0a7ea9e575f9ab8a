package hopyard.database;

import hopyard.backend.database.Database;
import hopyard.backend.database.DatabaseSettings;

/** By this the app finds PostgreSQL. */
public final class PostgresProvider implements Database.Provider {

    @Override
    public Database open(DatabaseSettings settings, Database.Job<Void> preparation) {
        return new PostgresDatabase(settings, preparation);
    }
}
