package hopyard.proxy.lint;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** The texts of the files, and edits of them. An edit keeps comments, and the indentation of the lines around it. */
public final class Texts {

    private final Map<String, String> sources;
    private final Map<String, Lines> lines = new HashMap<>();

    Texts(Map<String, String> sources) {
        this.sources = sources;
    }

    /** Whether a directive stands in a file, not in the command line. */
    public boolean has(Directive d) {
        return d.line() > 0;
    }

    /** The text of the file that a directive stands in. */
    public String file(Directive d) {
        return sources.get(d.file());
    }

    /** A part of a file's text. */
    String between(String file, int from, int to) {
        return sources.get(file).substring(from, to);
    }

    /** Returns where the parts of a directive are. */
    public Statement statement(Directive d) {
        return Statement.of(file(d), d);
    }

    /** Returns a directive as it is written, block included. */
    public String of(Directive d) {
        return file(d).substring(d.at(), statement(d).last());
    }

    /** Returns an argument as it is written, quotes included. */
    public String argument(Directive d, int number) {
        Statement.Span span = statement(d).words().get(number + 1);
        return file(d).substring(span.from(), span.to());
    }

    // ---- places, in characters as people and browsers count them, not in bytes

    /** Where the lines of a file begin: in bytes, and in characters. */
    private record Lines(int[] bytes, int[] characters) {

        static Lines of(String text) {
            int[] bytes = IntStream.concat(
                            IntStream.of(0),
                            IntStream.range(0, text.length())
                                    .filter(at -> text.charAt(at) == '\n')
                                    .map(at -> at + 1))
                    .toArray();
            int[] characters = new int[bytes.length];
            for (int i = 1; i < bytes.length; i++) {
                characters[i] = characters[i - 1]
                        + Paths.fromBytes(text.substring(bytes[i - 1], bytes[i]))
                                .length();
            }
            return new Lines(bytes, characters);
        }

        /** Returns the number of a line, from 0. */
        int number(int at) {
            int found = Arrays.binarySearch(bytes, at);
            return found >= 0 ? found : -found - 2;
        }
    }

    private Lines lines(String file) {
        return lines.computeIfAbsent(file, f -> Lines.of(sources.get(f)));
    }

    /** Returns how many characters come before a byte of a file. */
    int characters(String file, int at) {
        Lines all = lines(file);
        return all.characters[all.number(at)] + column(file, at) - 1;
    }

    /** The line of a byte of a file, from 1. */
    int line(String file, int at) {
        return 1 + lines(file).number(at);
    }

    /** The column of a byte of a file, from 1. */
    int column(String file, int at) {
        int start = lines(file).bytes[lines(file).number(at)];
        return 1 + Paths.fromBytes(sources.get(file).substring(start, at)).length();
    }

    // ---- edits

    /** Replaces an argument by a text. */
    public Edit replace(Directive d, int number, String value) {
        Statement.Span span = statement(d).words().get(number + 1);
        return new Edit(d.file(), span.from(), span.to(), quoted(value));
    }

    /** Replaces all arguments by others. */
    public Edit replaceAll(Directive d, String words) {
        Statement statement = statement(d);
        int last = statement.words().get(statement.words().size() - 1).to();
        return new Edit(d.file(), statement.words().get(1).from(), last, words);
    }

    /** Replaces a directive's name, also by more than one word. */
    public Edit rename(Directive d, String name) {
        Statement.Span span = statement(d).words().get(0);
        return new Edit(d.file(), span.from(), span.to(), name);
    }

    /** Removes an argument. */
    public Edit remove(Directive d, int number) {
        Statement statement = statement(d);
        return new Edit(
                d.file(),
                statement.words().get(number).to(),
                statement.words().get(number + 1).to(),
                "");
    }

    /** Adds an argument. */
    public Edit append(Directive d, String word) {
        Statement statement = statement(d);
        int last = statement.words().get(statement.words().size() - 1).to();
        return new Edit(d.file(), last, last, " " + word);
    }

    /** Adds lines below a directive. */
    public Edit after(Directive d, String lines) {
        return insert(d, statement(d).last(), begins(d) ? indent(d) : null, lines);
    }

    /** Adds lines at the beginning of a block. */
    public Edit into(Directive block, String lines) {
        Statement statement = statement(block);
        boolean isWide =
                file(block).substring(statement.end(), statement.close()).indexOf('\n') >= 0;
        return insert(block, statement.end(), isWide ? indent(block) + "    " : null, lines);
    }

    /** Adds lines above a directive. */
    public Edit before(Directive d, String lines) {
        String text =
                begins(d) ? lines.replace("\n", "\n" + indent(d)) + "\n" + indent(d) : lines.replace('\n', ' ') + " ";
        return new Edit(d.file(), d.at(), d.at(), text);
    }

    /** Removes a directive, with its line if nothing else is on the line. */
    public Edit delete(Directive d) {
        String text = file(d);
        int end = statement(d).last();
        int behind = end;
        while (behind < text.length() && (text.charAt(behind) == ' ' || text.charAt(behind) == '\t')) {
            behind++;
        }
        boolean isLine = begins(d) && (behind == text.length() || text.charAt(behind) == '\n');
        return isLine
                ? new Edit(d.file(), d.at() - indent(d).length(), Math.min(behind + 1, text.length()), "")
                : new Edit(d.file(), d.at(), behind, "");
    }

    private Edit insert(Directive d, int at, String indent, String lines) {
        if (indent == null) {
            return new Edit(d.file(), at, at, " " + lines.replace('\n', ' '));
        }
        String text = file(d);
        int end = text.indexOf('\n', at);
        String rest = text.substring(at, end < 0 ? text.length() : end);
        int place = rest.isBlank() || rest.stripLeading().startsWith("#") ? at + rest.length() : at;
        return new Edit(d.file(), place, place, "\n" + indent + lines.replace("\n", "\n" + indent));
    }

    /** Whether a directive is the first on its line. */
    private boolean begins(Directive d) {
        return file(d).substring(lineStart(d), d.at()).isBlank();
    }

    private String indent(Directive d) {
        String line = file(d).substring(lineStart(d), d.at());
        return line.substring(0, line.length() - line.stripLeading().length());
    }

    private int lineStart(Directive d) {
        return file(d).lastIndexOf('\n', d.at() - 1) + 1;
    }

    /** Returns a word that the configuration reads as {@code value}, quoted if necessary. */
    public static String quoted(String value) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean isEscape = c == '\\' && (i + 1 == value.length() || "\"'\\trn".indexOf(value.charAt(i + 1)) >= 0);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '"' -> out.append("\\\"");
                default -> out.append(isEscape ? "\\\\" : c);
            }
        }
        boolean isPlain = !value.isEmpty() && value.matches("(?s)[^\\s;{}\"'#][^\\s;{}\"']*");
        return isPlain ? out.toString() : "\"" + out + "\"";
    }
}
