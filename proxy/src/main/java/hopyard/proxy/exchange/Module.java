package hopyard.proxy.exchange;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import java.util.ArrayList;
import java.util.List;

/**
 * An nginx module: its directives, and the code that acts on them. A module is one class, with its helpers beside it.
 *
 * <p>Its life while a configuration is loaded: {@link #prepare}, then the directives in the order of the files, then
 * {@link #inherit} from the http block downwards, then {@link #compile} for each location.
 */
public interface Module {

    /**
     * The heading of a module in the documentation.
     *
     * @param title the title, a word or two
     * @param page the page of nginx's documentation, as {@code ngx_http_core_module}; for Hopyard's own, a file in
     *     docs/
     */
    record Manual(String title, String page) {}

    /** Returns the module's heading in the documentation. */
    Manual manual();

    /**
     * Returns the names of nginx's modules whose work this one does; with most, the page that explains it has that
     * name.
     */
    default List<String> standsFor() {
        return List.of(manual().page());
    }

    /** Returns the module's settings, which are read and inherited without code of the module. */
    default List<Settings<?>> settings() {
        return List.of();
    }

    /** Returns the module's other directives. */
    default List<Command> commands() {
        return List.of();
    }

    /** Returns all of the module's directives. */
    default List<Command> directives() {
        List<Command> all = new ArrayList<>();
        settings().forEach(each -> all.addAll(each.commands()));
        all.addAll(commands());
        return all;
    }

    /** Defines the module's variables for a configuration that is about to be read. */
    default void prepare(Variables variables) {}

    /**
     * Lets {@code child} inherit from {@code parent} what is not in {@link #settings}.
     *
     * @throws ConfException if the settings contradict each other
     */
    default void inherit(Scope parent, Scope child) throws ConfException {}

    /** Adds the module's handlers to those of a location whose settings, in {@code scope}, are complete. */
    default void compile(Scope scope, LocationHandlers location) throws ConfException {}
}
