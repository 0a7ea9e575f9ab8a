package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the parts of a directive are in its file's text, for code that points at them or changes them.
 *
 * @param words its name and arguments, quotes included
 * @param end the index after its {@code ;} or its opening brace
 * @param close the index of its closing brace; -1 if it has no block
 */
public record Statement(List<Span> words, int end, int close) {

    /**
     * A part of a text.
     *
     * @param from the index of its first character
     * @param to the index after its last character
     */
    public record Span(int from, int to) {}

    /**
     * Finds the parts of a directive.
     *
     * @param text the text that it was read from, without a mistake
     */
    public static Statement of(String text, Directive directive) {
        List<Span> spans = new ArrayList<>();
        try {
            Lexer lexer = new Lexer(text, directive.file(), false).from(directive.at(), spans);
            List<String> words = new ArrayList<>();
            boolean isBlock = lexer.next(words) == Lexer.End.BLOCK_OPENS;
            List<Span> own = List.copyOf(spans);
            int end = lexer.at();
            for (int depth = isBlock ? 1 : 0; depth > 0; ) {
                Lexer.End next = lexer.next(words);
                depth += next == Lexer.End.BLOCK_OPENS ? 1 : next == Lexer.End.BLOCK_CLOSES ? -1 : 0;
            }
            return new Statement(own, end, isBlock ? lexer.at() - 1 : -1);
        } catch (ConfException e) {
            throw new IllegalArgumentException("not the text of " + directive.place(), e);
        }
    }

    /** Returns the index after the directive's last character. */
    public int last() {
        return close < 0 ? end : close + 1;
    }
}
