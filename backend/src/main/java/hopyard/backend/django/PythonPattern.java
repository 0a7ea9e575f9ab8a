package hopyard.backend.django;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Regular expressions as Python writes them.
 *
 * @see <a href="https://docs.python.org/3/library/re.html#regular-expression-syntax">Python: regular expression
 *     syntax</a>
 */
final class PythonPattern {

    /** What is written otherwise in Java; other escapes are found so that what follows a backslash is left alone. */
    private static final Pattern OTHERWISE = Pattern.compile("(?s)\\\\.|\\(\\?P<(\\w+)>|\\(\\?P=(\\w+)\\)");

    private PythonPattern() {}

    /**
     * Returns the same expression as Java has it.
     *
     * @throws java.util.regex.PatternSyntaxException if it is none
     */
    static Pattern compile(String python) {
        String java = OTHERWISE.matcher(python).replaceAll(found -> Matcher.quoteReplacement(inJava(found)));
        return Pattern.compile(java, Pattern.UNICODE_CHARACTER_CLASS);
    }

    private static String inJava(MatchResult found) {
        if (found.group(1) != null) {
            return "(?<" + name(found.group(1)) + ">";
        }
        if (found.group(2) != null) {
            return "\\k<" + name(found.group(2)) + ">";
        }
        return found.group().equals("\\Z") ? "\\z" : found.group();
    }

    /** Java's names of groups have letters and digits only. */
    private static String name(String group) {
        return "g" + group.replace("_", "U");
    }
}
