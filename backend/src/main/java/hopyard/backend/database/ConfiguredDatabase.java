package hopyard.backend.database;

import hopyard.jars.LateJars;
import hopyard.threads.LastResort;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The database that DATABASE_URL names. Its classes are in jars beside the app's, and a thread loads them while the app
 * already serves. Without a DATABASE_URL nothing of that happens.
 */
public final class ConfiguredDatabase implements AutoCloseable {

    private final List<Runnable> waiting = new ArrayList<>();
    private boolean isOpening;
    private Database database;
    private String reason = "DATABASE_URL is not set";

    /**
     * Begins to load it.
     *
     * @param settings {@code null} if there is to be none
     * @param preparation see {@link Database.Provider#open}
     */
    public ConfiguredDatabase(DatabaseSettings settings, Database.Job<Void> preparation) {
        if (settings != null) {
            isOpening = true;
            Thread thread = new Thread(() -> open(settings, preparation), "database-loading");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void open(DatabaseSettings settings, Database.Job<Void> preparation) {
        Database opened = null;
        String why = null;
        try {
            opened = LateJars.load("database", Database.Provider.class).open(settings, preparation);
        } catch (IOException e) {
            why = e.getMessage();
        } catch (Throwable e) {
            LastResort.consider(e);
            e.printStackTrace();
            why = e.toString();
        }
        List<Runnable> uses;
        synchronized (this) {
            database = opened;
            reason = why;
            isOpening = false;
            uses = List.copyOf(waiting);
            waiting.clear();
        }
        if (opened == null) {
            System.err.println("Error: DATABASE_URL is set, but there is no database: " + why);
        }
        uses.forEach(Runnable::run);
    }

    /**
     * Has it used, at once or as soon as it is loaded.
     *
     * @param with is given the database
     * @param without is given the reason if there is none
     */
    public void use(Consumer<Database> with, Consumer<String> without) {
        synchronized (this) {
            if (isOpening) {
                waiting.add(() -> use(with, without));
                return;
            }
        }
        // neither changes any more
        if (database == null) {
            without.accept(reason);
        } else {
            with.accept(database);
        }
    }

    /** Closes its connections, if it has been loaded. */
    @Override
    public void close() {
        Database opened;
        synchronized (this) {
            opened = database;
        }
        if (opened != null) {
            opened.close();
        }
    }
}
