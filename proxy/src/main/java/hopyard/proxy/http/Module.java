package hopyard.proxy.http;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import java.util.ArrayList;
import java.util.List;

/**
 * An nginx module: its directives, and the code that acts on them. Everything about it is in its one file.
 *
 * <p>Life of a configuration: {@link #prepare}, then the directives in the order of the files, then {@link #inherit} from the
 * http block downwards, then {@link #compile} for each location.
 */
public interface Module {

    /**
     * What a module is about.
     *
     * @param title a word or two
     * @param page the page of nginx's documentation, {@code ngx_http_core_module}; for Hopyard's own, a file in docs/
     */
    record Manual(String title, String page) {}

    /** What the documentation says of the module as a whole. */
    Manual manual();

    /** Its settings, which are read and inherited without its doing. */
    default List<Settings<?>> settings() {
        return List.of();
    }

    /** Its other directives. */
    default List<Command> commands() {
        return List.of();
    }

    /** All of its directives. */
    default List<Command> directives() {
        List<Command> all = new ArrayList<>();
        settings().forEach(each -> all.addAll(each.commands()));
        all.addAll(commands());
        return all;
    }

    /** Defines the module's variables for a configuration that is about to be read. */
    default void prepare(Variables variables) {}

    /**
     * Fills what {@code child} has not set itself with what {@code parent} has, of all that is no setting.
     *
     * @throws ConfException if the settings contradict each other
     */
    default void inherit(Scope parent, Scope child) throws ConfException {}

    /** Adds the module's handlers to a location whose settings, in {@code scope}, are complete. */
    default void compile(Scope scope, Location location) throws ConfException {}
}
