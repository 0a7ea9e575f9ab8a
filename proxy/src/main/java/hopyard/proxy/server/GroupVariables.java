package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import java.util.function.BiConsumer;

/** Where the named groups of regular expressions put what they capture: the variables of a configuration. */
public interface GroupVariables {

    /**
     * Counts the length of a regular expression, because it takes far more memory than its text when it is compiled.
     *
     * @throws ConfException if all of them together are too long
     */
    void countExpression(Directive directive, int length) throws ConfException;

    /**
     * Returns what sets the variable of a group.
     *
     * @throws ConfException if the name is that of a variable that cannot be changed
     */
    BiConsumer<Request, String> ofGroup(Directive directive, String name) throws ConfException;
}
