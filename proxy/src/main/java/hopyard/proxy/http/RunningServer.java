package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;

/** The server with the way to give it another configuration while it runs. */
public final class RunningServer {

    private final HttpServer server;
    private final ConfigurationLoader loader;
    private boolean edited;

    public RunningServer(HttpServer server, ConfigurationLoader loader) {
        this.server = server;
        this.loader = loader;
    }

    public HttpServer http() {
        return server;
    }

    public ConfigurationLoader loader() {
        return loader;
    }

    /**
     * Puts a configuration to work; no connection is dropped.
     *
     * @param text what stands for the main file; {@code null} for the file as it is now
     * @return the configuration that was running before
     * @throws ConfException if there is a mistake in it, or an address cannot be bound; the old one keeps running
     */
    public synchronized Configuration apply(String text) throws ConfException {
        Configuration previous = server.configuration();
        Configuration next = loader.load(text);
        try {
            server.use(next);
        } catch (ConfException e) {
            next.logFiles().discard();
            throw e;
        }
        next.logFiles().use(next.log());
        next.warnings().forEach(warning -> next.log().write(ErrorLog.Level.WARN, warning));
        edited = text != null;
        return previous;
    }

    /** Whether what runs is not what the file holds, but a text that was given to {@link #apply}. */
    public synchronized boolean isEdited() {
        return edited;
    }
}
