package hopyard.proxy.conf;

import java.util.List;

/**
 * One directive as it stands in the file.
 *
 * @param name the first word
 * @param args the words after it, unquoted
 * @param block the directives in its braces, or {@code null} if it ended with a semicolon
 * @param file the file's path as nginx would print it
 * @param line the line of its terminator, which is the one that nginx reports; 0 for the command line
 * @param at where its first word begins in the file's text; {@link Statement} tells where the rest stands
 */
public record Directive(String name, List<String> args, Block block, String file, int line, int at) {

    static final String COMMAND_LINE = "command line";

    /** The argument at that position. */
    public String arg(int i) {
        return args.get(i);
    }

    /** A mistake in this directive. */
    public ConfException error(String message) {
        return ConfException.at(message, file, line);
    }

    /** {@code "name" directive message}, nginx's form for what a setter returns. */
    public ConfException directiveError(String message) {
        return error("\"" + name + "\" directive " + message);
    }

    /** {@code file:line}, to show where something comes from. */
    public String place() {
        return line == 0 ? COMMAND_LINE : file + ":" + line;
    }
}
