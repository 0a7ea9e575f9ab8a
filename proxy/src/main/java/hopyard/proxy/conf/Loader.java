package hopyard.proxy.conf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Applies directives to scopes, with nginx's checks in nginx's order. */
public final class Loader {

    private final Map<String, List<Command>> commands = new HashMap<>();
    private final Path prefix;
    private final Bounds bounds;
    private int scopes;

    /**
     * @param prefix what relative paths outside of {@code include} start from
     */
    public Loader(Path prefix, List<Command> commands, Bounds bounds) {
        this.prefix = prefix;
        this.bounds = bounds;
        for (Command command : commands) {
            this.commands
                    .computeIfAbsent(command.name(), n -> new ArrayList<>())
                    .add(command);
        }
    }

    /** The server's prefix directory, {@code -p}. */
    public Path prefix() {
        return prefix;
    }

    /** Applies every directive of a block in turn. */
    public void apply(Block block, Scope scope) throws ConfException {
        for (Directive directive : block.directives()) {
            apply(directive, scope);
        }
        if (block.brokenOff() != null) {
            throw block.brokenOff();
        }
    }

    private void apply(Directive directive, Scope scope) throws ConfException {
        List<Command> candidates = commands.get(directive.name());
        if (candidates == null) {
            throw NginxDirectives.has(directive.name())
                    ? directive.directiveError("is not supported by hopyard")
                    : directive.error("unknown directive \"" + directive.name() + "\"");
        }
        for (Command command : candidates) {
            if (command.contexts().contains(scope.context())) {
                check(command, directive);
                if (command.isBlock() && ++scopes > bounds.scopes()) {
                    throw directive.error("there are more than " + bounds.scopes()
                            + " blocks, which is what the heap has room for: see -Xmx in HOPYARD_JAVA_OPTS");
                }
                scope.directives().add(directive);
                command.setter().set(this, scope, directive);
                return;
            }
        }
        throw directive.error("\"" + directive.name() + "\" directive is not allowed here");
    }

    private static void check(Command command, Directive directive) throws ConfException {
        if (command.isBlock() && directive.block() == null) {
            throw directive.error("directive \"" + directive.name() + "\" has no opening \"{\"");
        }
        if (!command.isBlock() && directive.block() != null) {
            throw directive.error("directive \"" + directive.name() + "\" is not terminated by \";\"");
        }
        int args = directive.args().size();
        if (args < command.minArgs() || args > command.maxArgs()) {
            throw directive.error("invalid number of arguments in \"" + directive.name() + "\" directive");
        }
    }
}
