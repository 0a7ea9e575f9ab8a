package hopyard.proxy.pcre;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A regular expression as PCRE2 10.42 reads it, which matches as PCRE2 does, with its limit: a match that has gone back
 * ten million times is given up. Patterns and texts are bytes, one in each character. Safe for use by many threads.
 *
 * @see <a href="https://www.pcre.org/current/doc/html/pcre2pattern.html">pcre2pattern</a>
 */
public final class Pcre {

    /**
     * A named group.
     *
     * @param group its number
     */
    public record Named(String name, int group) {}

    private static final ThreadLocal<Searcher> SEARCHERS = ThreadLocal.withInitial(Searcher::new);

    private final Program program;
    private final List<Named> names;

    private Pcre(Program program, List<Named> names) {
        this.program = program;
        this.names = names;
    }

    /**
     * Compiles a pattern.
     *
     * @throws PatternError if there is a mistake in it
     */
    public static Pcre compile(String pattern, boolean ignoresCase) throws PatternError {
        Preamble preamble = new Preamble(pattern);
        Parser parser = preamble.parser(ignoresCase);
        Program program;
        try {
            Node node = parser.pattern();
            program = new Compiler(parser, node).program(node, preamble.matchLimit());
        } catch (StackOverflowError e) {
            throw new PatternError(Fault.TOO_COMPLICATED, pattern.length());
        }
        List<Named> names = parser.names.stream()
                .map(each -> new Named(each.name(), each.group()))
                .sorted(Comparator.comparing(Named::name).thenComparing(Named::group))
                .toList();
        return new Pcre(program, names);
    }

    /** Returns the named groups, by name and then number; a name may be there twice: {@code (?J)}. */
    public List<Named> names() {
        return names;
    }

    /** Returns how many groups capture. */
    public int groupCount() {
        return program.groups();
    }

    /**
     * Whether there is a match somewhere in a text.
     *
     * @throws MatchError if the match is given up
     */
    public boolean matches(String text) {
        Searcher searcher = SEARCHERS.get();
        try {
            return searcher.find(program, program.isUtf() ? Utf8.decode(text) : text);
        } finally {
            searcher.release();
        }
    }

    /**
     * Finds the first match in a text.
     *
     * @return where the match begins and where it ends, and the same of each group, -1 where a group has not matched;
     *     {@code null} if there is no match
     * @throws MatchError if the match is given up
     */
    public int[] find(String text) {
        Searcher searcher = SEARCHERS.get();
        try {
            String decoded = program.isUtf() ? Utf8.decode(text) : text;
            if (!searcher.find(program, decoded)) {
                return null;
            }
            int[] found = Arrays.copyOf(searcher.registers, program.frameRegister());
            for (int i = 0; program.isUtf() && i < found.length; i++) {
                found[i] = found[i] < 0 ? -1 : Utf8.bytes(decoded, found[i]);
            }
            return found;
        } finally {
            searcher.release();
        }
    }

    /**
     * Limits the time of this thread's matches: one that goes on after it is given up.
     *
     * @param deadline on the scale of {@link System#nanoTime()}; {@code null} for no limit
     */
    public static void limitTime(Long deadline) {
        SEARCHERS.get().until(deadline);
    }
}
