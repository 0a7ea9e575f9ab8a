package hopyard.proxy.pcre;

import java.util.Map;

/** What may stand at the start of a pattern about all of it, such as {@code (*UTF)} and {@code (*LIMIT_MATCH=1000)}. */
final class Preamble {

    /** How often a match may go back, as PCRE2 has it by default. */
    private static final int MATCH_LIMIT = 10_000_000;

    private static final CharSet CARRIAGE_RETURN = CharSet.of(c -> c == '\r');
    private static final CharSet CR_OR_LF = CharSet.of(c -> c == '\r' || c == '\n');
    private static final CharSet NUL = CharSet.of(c -> c == 0);

    private static final Map<String, CharSet> NEWLINES = Map.of(
            "CR",
            CARRIAGE_RETURN,
            "LF",
            CharSet.NEWLINE,
            "CRLF",
            CharSet.NEWLINE,
            "ANY",
            CharSet.VERTICAL,
            "NUL",
            NUL,
            "ANYCRLF",
            CR_OR_LF);

    private final String text;
    private int at;
    private boolean isUtf;
    private boolean isUcp;
    private int matchLimit = MATCH_LIMIT;
    private CharSet newline = CharSet.NEWLINE;
    private boolean newlineIsCrlf;
    private CharSet anyNewline = CharSet.VERTICAL;

    Preamble(String text) {
        this.text = text;
        while (text.startsWith("(*", at)) {
            int close = text.indexOf(')', at);
            if (close < 0 || !item(text.substring(at + 2, close))) {
                break;
            }
            at = close + 1;
        }
    }

    private boolean item(String item) {
        switch (item) {
            case "UTF", "UTF8" -> isUtf = true;
            case "UCP" -> isUcp = true;
            case "BSR_ANYCRLF" -> anyNewline = CR_OR_LF;
            case "BSR_UNICODE" -> anyNewline = CharSet.VERTICAL;
            case "NOTEMPTY", "NOTEMPTY_ATSTART", "NO_AUTO_POSSESS", "NO_DOTSTAR_ANCHOR", "NO_JIT", "NO_START_OPT" -> {
                // what they forbid is not done, or makes no difference that shows
            }
            default -> {
                if (NEWLINES.containsKey(item)) {
                    newline = NEWLINES.get(item);
                    newlineIsCrlf = item.equals("CRLF");
                    return true;
                }
                return limit(item);
            }
        }
        return true;
    }

    private boolean limit(String item) {
        if (!item.matches("LIMIT_(MATCH|DEPTH|HEAP|RECURSION)=[0-9]{1,10}")) {
            return false;
        }
        if (item.startsWith("LIMIT_MATCH=")) {
            matchLimit = (int) Math.min(matchLimit, Long.parseLong(item.substring(item.indexOf('=') + 1)));
        }
        return true;
    }

    int matchLimit() {
        return matchLimit;
    }

    /** Returns a parser for what comes behind. */
    Parser parser(boolean ignoresCase) throws PatternError {
        int[] characters;
        int begin = at;
        if (isUtf) {
            String decoded;
            try {
                decoded = Utf8.decode(text);
            } catch (MatchError e) {
                throw new PatternError(e, e.at());
            }
            // all in front of this is ASCII
            characters = decoded.codePoints().toArray();
        } else {
            characters = text.chars().toArray();
        }
        Parser parser = new Parser(characters, isUtf, begin, ignoresCase ? ItemReader.CASELESS : 0);
        parser.ucp = isUcp;
        parser.newline = newline;
        parser.newlineIsCrlf = newlineIsCrlf;
        parser.anyNewline = anyNewline;
        return parser;
    }
}
