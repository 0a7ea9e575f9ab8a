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

    /** Looks at a configuration that is about to be put to work. */
    @FunctionalInterface
    public interface Check<E extends Exception> {
        /**
         * @throws E if it must not be
         */
        void accept(Configuration next) throws E;
    }

    /**
     * Puts a configuration to work; no connection is dropped.
     *
     * @param text what stands for the main file; {@code null} for the file as it is now
     * @return the configuration that was running before
     * @throws ConfException if there is a mistake in it, or an address cannot be bound; the old one keeps running
     */
    public Configuration apply(String text) throws ConfException {
        return apply(text, next -> {});
    }

    /**
     * The same, if {@code check} agrees.
     *
     * @throws E if it does not; the old configuration keeps running, and nothing has been opened
     */
    public synchronized <E extends Exception> Configuration apply(String text, Check<E> check) throws ConfException, E {
        Configuration previous = server.configuration();
        Configuration next = loader.read(text);
        check.accept(next);
        next.open();
        try {
            server.use(next);
        } catch (ConfException e) {
            next.logFiles().discard();
            throw e;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            if (server.configuration() != next) {
                next.logFiles().discard();
            }
            throw Unexpected.during("the configuration is put to work", e);
        }
        next.logFiles().use(next.log());
        next.warnings().forEach(warning -> next.log().write(ErrorLog.Level.WARN, warning));
        edited = text != null;
        return previous;
    }

    /**
     * Tests a text that stands for the main file, without any effect.
     *
     * @throws ConfException see {@link ConfigurationLoader#test}
     */
    public Configuration test(String text) throws ConfException {
        return loader.test(text, server.configuration().files());
    }

    /** Whether what runs is not what the file holds, but a text that was given to {@link #apply}. */
    public synchronized boolean isEdited() {
        return edited;
    }
}
