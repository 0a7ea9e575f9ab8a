package hopyard.proxy.http;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import java.util.List;

/**
 * An nginx module: its directives, and the code that acts on them. Everything about it is in its one file.
 *
 * <p>Life of a configuration: {@link #prepare}, then the setters of {@link #commands} in the order of the files, then
 * {@link #inherit} from the http block downwards, then {@link #compile} for each location.
 */
public interface Module {

    /** The directives that this module understands. */
    List<Command> commands();

    /** Defines the module's variables for a configuration that is about to be read. */
    default void prepare(Variables variables) {}

    /**
     * Fills what {@code child} has not set itself with what {@code parent} has.
     *
     * @throws ConfException if the settings contradict each other
     */
    default void inherit(Scope parent, Scope child) throws ConfException {}

    /** Adds the module's handlers to a location whose settings, in {@code scope}, are complete. */
    default void compile(Scope scope, Location location) throws ConfException {}
}
