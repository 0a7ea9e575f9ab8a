package hopyard.proxy.conf;

import java.util.ArrayList;
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

    /**
     * Returns a directive that stands in no file: the default, if nothing is configured.
     *
     * @param args what would follow the name, or stand in the braces
     */
    static Directive byDefault(String name, String args, boolean isBlock) throws ConfException {
        if (!isBlock && args.indexOf(' ') < 0 && args.indexOf('"') < 0) {
            return new Directive(name, List.of(args), null, COMMAND_LINE, 0, 0);
        }
        Lexer lexer = new Lexer(isBlock ? args : name + " " + args + ";", COMMAND_LINE, true);
        List<String> words = new ArrayList<>();
        List<Directive> lines = new ArrayList<>();
        while (lexer.next(words) != Lexer.End.END_OF_FILE) {
            List<String> rest = List.copyOf(words.subList(1, words.size()));
            lines.add(new Directive(words.get(0), rest, null, COMMAND_LINE, 0, 0));
        }
        return isBlock ? new Directive(name, List.of(), new Block(lines, null), COMMAND_LINE, 0, 0) : lines.get(0);
    }

    /** Returns the argument at index {@code i}. */
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
