package hopyard.proxy.running;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Unexpected;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Configuration;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** The running server, which can be given another configuration. */
public final class RunningServer {

    private final HttpServer server;
    private final ConfigurationLoader loader;
    private volatile Applied applied;

    /**
     * The configuration that was put to work last.
     *
     * @param number the number of the configuration, from 1 for the first one
     * @param text the byte string that was used as the main file; {@code null} if the file was read
     * @param at when it was put to work
     */
    public record Applied(long number, String text, Configuration configuration, Instant at) {

        /** Returns the text of the main file, which was read first. */
        public String mainText() {
            return configuration.sources().values().iterator().next();
        }
    }

    public RunningServer(HttpServer server, ConfigurationLoader loader) {
        this.server = server;
        this.loader = loader;
        applied = new Applied(1, null, server.configuration(), Instant.now());
    }

    public HttpServer http() {
        return server;
    }

    /** Checks a configuration that is about to be put to work. */
    @FunctionalInterface
    public interface Check<E extends Exception> {
        /**
         * @throws E if it must not be put to work
         */
        void accept(Configuration next) throws E;
    }

    /**
     * Puts a configuration to work if {@code check} agrees. No request is dropped.
     *
     * @param text the byte string to use as the main file; {@code null} for the file as it is now
     * @throws ConfException if there is a mistake in it, or an address cannot be bound; the old one keeps running
     * @throws E if the check does not agree; the old configuration keeps running, and nothing has been opened
     */
    public synchronized <E extends Exception> Applied apply(String text, Check<E> check) throws ConfException, E {
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
        } finally {
            if (server.configuration() == next) {
                applied = new Applied(applied.number + 1, text, next, Instant.now());
            }
        }
        next.logFiles().use(next.log());
        next.warnings()
                .forEach(warning -> next.log().write(ErrorLog.Level.WARN, Paths.toBytes(Paths.readable(warning))));
        return applied;
    }

    /**
     * Tests a text in the place of the main file's, without any effect.
     *
     * @throws ConfException see {@link ConfigurationLoader#test}
     */
    public Configuration test(String text) throws ConfException {
        return loader.test(text, server.configuration().files());
    }

    /** Returns the configuration that was put to work last; its text, if any, was given to {@link #apply}. */
    public Applied applied() {
        return applied;
    }

    /**
     * Reads the main file as it is now, as a byte string.
     *
     * @throws IOException if it cannot be read
     */
    public String fileText() throws IOException {
        return loader.mainText();
    }

    /**
     * Inspects a text in the place of the main file's, without any effect.
     *
     * @param text the text; {@code null} for the running configuration, with all files as they were when it was loaded
     * @throws ConfException see {@link ConfigurationLoader#test}
     */
    public ConfigurationLoader.Inspected inspect(String text) throws ConfException {
        Configuration running = server.configuration();
        Map<String, String> sources = running.sources();
        return text == null
                ? loader.inspect(sources.values().iterator().next(), running.files(), sources)
                : loader.inspect(text, running.files(), Map.of());
    }
}
