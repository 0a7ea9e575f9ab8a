package hopyard.proxy.conf;

import java.util.List;

/**
 * Splits the text of a configuration into statements: the words up to a {@code ;} or {@code &#123;}, or a lone
 * {@code &#125;}. The rules, odd ones included, are those of nginx's own reader, observed on nginx 1.22.
 */
final class Lexer {

    enum End {
        SEMICOLON,
        BLOCK_OPENS,
        BLOCK_CLOSES,
        END_OF_FILE
    }

    /** The longest word, in bytes: nginx's configuration buffer, less one. */
    private static final int MAX_WORD = 4095;

    private final String text;
    private final String file;
    private final boolean isCommandLine;
    private int at;
    private int line = 1;
    private int start;
    /** Collects where the words are; {@code null} if nobody wants to know. */
    private List<Statement.Span> spans;

    Lexer(String text, String file, boolean isCommandLine) {
        this.text = text;
        this.file = file;
        this.isCommandLine = isCommandLine;
    }

    /** Continues at {@code offset}, and notes where each word begins and ends. */
    Lexer from(int offset, List<Statement.Span> words) {
        at = offset;
        spans = words;
        return this;
    }

    /** The line of the last terminator; 0 on the command line. */
    int line() {
        return isCommandLine ? 0 : line;
    }

    /** Where the first word of the last statement begins, quotes included. */
    int start() {
        return start;
    }

    /** Returns how far the lexer has read. */
    int at() {
        return at;
    }

    ConfException error(String message) {
        return ConfException.at(message, file, line());
    }

    /** Reads one statement into {@code words} and says how it ended. */
    End next(List<String> words) throws ConfException {
        words.clear();
        while (true) {
            skipBlanks();
            if (at == text.length()) {
                if (!words.isEmpty()) {
                    throw unexpectedEnd();
                }
                return End.END_OF_FILE;
            }
            char c = text.charAt(at);
            switch (c) {
                case ';', '{' -> {
                    if (words.isEmpty()) {
                        throw error("unexpected \"" + c + "\"");
                    }
                    at++;
                    return c == ';' ? End.SEMICOLON : End.BLOCK_OPENS;
                }
                case '}' -> {
                    if (!words.isEmpty()) {
                        throw error("unexpected \"}\"");
                    }
                    at++;
                    return End.BLOCK_CLOSES;
                }
                case '#' -> {
                    while (at < text.length() && text.charAt(at) != '\n') {
                        at++;
                    }
                }
                default -> {
                    int first = at;
                    start = words.isEmpty() ? first : start;
                    words.add(c == '"' || c == '\'' ? quoted(c) : plain());
                    if (spans != null) {
                        spans.add(new Statement.Span(first, at));
                    }
                }
            }
        }
    }

    private ConfException unexpectedEnd() {
        return error(
                isCommandLine
                        ? "unexpected end of parameter, expecting \";\""
                        : "unexpected end of file, expecting \";\" or \"}\"");
    }

    private void skipBlanks() {
        while (at < text.length() && isBlank(text.charAt(at))) {
            if (text.charAt(at) == '\n') {
                line++;
            }
            at++;
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private String plain() throws ConfException {
        int start = at;
        int startLine = line;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '$' && at + 1 < text.length() && text.charAt(at + 1) == '{') {
                at++;
            } else if (isBlank(c) || c == ';' || c == '{') {
                break;
            }
            if (at < text.length() && text.charAt(at) == '\n') {
                line++;
            }
            at++;
        }
        if (at >= text.length()) {
            at = text.length();
            throw unexpectedEnd();
        }
        return word(start, at, startLine);
    }

    private String quoted(char quote) throws ConfException {
        int start = ++at;
        int startLine = line;
        while (at < text.length() && text.charAt(at) != quote) {
            if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            if (text.charAt(at) == '\n') {
                line++;
            }
            at++;
        }
        if (at - start > MAX_WORD) {
            line = startLine;
            throw error("too long parameter, probably missing terminating \"" + quote + "\" character");
        }
        if (at >= text.length()) {
            throw unexpectedEnd();
        }
        String word = word(start, at++, startLine);
        if (at < text.length()) {
            char after = text.charAt(at);
            if (after == ')') {
                // nginx lets a parenthesis follow, which starts the next word: if ($x = "y")
                return word;
            }
            if (!isBlank(after) && after != ';' && after != '{') {
                throw error("unexpected \"" + after + "\"");
            }
        }
        return word;
    }

    private String word(int start, int end, int startLine) throws ConfException {
        if (end - start > MAX_WORD) {
            line = startLine;
            throw error("too long parameter \"" + text.substring(start, start + 10) + "...\" started");
        }
        return unescape(text.substring(start, end));
    }

    /**
     * Resolves the escapes that the configuration language itself knows. Others stay for the code that reads the word.
     */
    private static String unescape(String raw) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        StringBuilder out = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '\\' && i + 1 < raw.length()) {
                char next = raw.charAt(i + 1);
                switch (next) {
                    case '"', '\'', '\\' -> c = next;
                    case 't' -> c = '\t';
                    case 'r' -> c = '\r';
                    case 'n' -> c = '\n';
                    default -> {
                        out.append(c);
                        continue;
                    }
                }
                i++;
            }
            out.append(c);
        }
        return out.toString();
    }
}
