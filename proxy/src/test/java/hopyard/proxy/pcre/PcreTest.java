package hopyard.proxy.pcre;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns mean what PCRE2 10.42 means by them. What is expected here is what its library says. */
class PcreTest {

    /** The match and its groups, one behind the other, {@code -} for one that has not matched; "no" for none. */
    private static String matched(String pattern, String text) throws PatternError {
        int[] found = Pcre.compile(pattern, false).find(text);
        if (found == null) {
            return "no";
        }
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < found.length; i += 2) {
            groups.add(found[i] < 0 ? "-" : text.substring(found[i], found[i + 1]));
        }
        return String.join(",", groups);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '"',
            value = {
                // sets
                "\\p{L}+ 1é2 é",
                "\\pN+ a12 12",
                "\\p{^Lu}+ ABc c",
                "\\p{Latin}+ -ab- ab",
                "[\\p{Lu}_]+ aB_c B_",
                "[[:alpha:]é-ÿ]+ 1aé1 aé",
                "[]a]+ x]a] ]a]",
                "[a&&b]+ x&a &a",
                "[\\Q^]\\E]+ a^]b ^]",
                "\\w+ éa a",
                "(?i)É é no",
                // what takes no character
                "a\\Kb ab b",
                "\\bx\\B -xy x",
                // quantifiers
                "a{,2} a{,2} a{,2}",
                "x{2,}? xxxx xx",
                "a(.*?)(?:b|$) axxbb axxb,xx",
                "a(.*?)(?:b|$) axx axx,xx",
                "a([^c]*?)b axcb no",
                "a(.{1,3}?)b abbb abb,b",
                "a.{0,2}?b axxxb no",
                "a++b aab aab",
                "a++ab aaab no",
                "(?:a|ab){1}+c abc no",
                "(?U)a+ aaa a",
                "(?U)a+? aaa aaa",
                "(a|b(c))* abcb abc,bc,c",
                "(a?)*b b b,",
                "(a?)*b aab aab,",
                "(|a){0,3}b aab aab,a",
                // groups
                "(?|(a)|(b))\\1 bb bb,b",
                "(?<x>a)\\k<x>\\k{x}\\k'x'(?P=x)\\g{x} aaaaaa aaaaaa,a",
                "(?>a|ab)c abc no",
                "(?i:a)b Ab Ab",
                "a(?i)b|c C C",
                "((?i)a)b AB no",
                "\"(?x: a b )\" ab ab",
                "(?#no)a(?#)+ aa aa",
                "(?n)(a)(?<y>b) ab ab,b",
                // subroutines
                "^(\\((?:[^()]|(?1))*\\))$ (a(b)c) (a(b)c),(a(b)c)",
                "^(?:a(?R)?b)$ ab ab",
                "(?<d>\\d+)(?:-(?&d))+ 1-22-3 1-22-3,1",
                "(?(DEFINE)(?<o>[0-7]{3}))^(?&o)$ 123 123,-",
                "(a)?(?(1)b|c) c c,-",
                "(a)?(?(1)b|c) ab ab,a",
                "(?(?=a)a.|b) ac ac",
                // what the whole pattern has matched is not given back, what a group has is
                "b(?R)x|x| bx \"\"",
                "(b(?1)x|x|) bx bx,bx",
                // lookarounds
                "(?<=a|bc)x bcx x",
                "(?<!a)x ax no",
                "(?=(a+))a*b\\1 baaabac aba,a",
                "(*pla:a)\\w ba a",
                // verbs
                "a(*COMMIT)b|ac ac no",
                "(*COMMIT)b ab b",
                "(*COMMIT)[bc] ab no",
                "a+(*PRUNE)b|.c aac no",
                "aaa(*SKIP)x|a aaaa a",
                "(?:a(*THEN)b|ac) ac ac",
                "a(*ACCEPT)b ac a",
                "(a(*ACCEPT)b)c ad a,a",
                "a(?C1)b ab ab",
                // lines
                "(*ANYCRLF)a.b a-b a-b",
                "(*LIMIT_MATCH=9)a ba a",
            })
    void isMatchedLikePcre2(String pattern, String text, String expected) throws PatternError {
        assertEquals(expected == null ? "" : expected, matched(pattern, text));
    }

    @Test
    void onlyALineFeedEndsALineButRKnowsMore() throws PatternError {
        assertEquals("a\rb", matched("^a.b$", "a\rb"));
        assertEquals("no", matched("^a.b$", "a\nb"));
        assertEquals("b", matched("(?m)^b$", "a\nb\nc"));
        assertEquals("a", matched("^a$", "a\n"));
        assertEquals("a\r\nb", matched("a\\Rb", "a\r\nb"));
        assertEquals("\r\n", matched("\\X", "\r\nb"));
        assertEquals("no", matched("a\\R\\nb", "a\r\nb"));
        assertEquals("\t\u00a0", matched("\\h+", "a\t\u00a0\n"));
        assertEquals("\n\u000b", matched("\\v+", "a\n\u000b "));
    }

    @Test
    void utf8IsReadAsCharactersIfThePatternSaysSo() throws PatternError {
        // "é" and "ж" in UTF-8, as the bytes that they are
        String text = "\u00c3\u00a9\u00d0\u00b6";
        assertEquals("\u00c3", matched("^.", text));
        assertEquals("\u00c3\u00a9", matched("(*UTF8)^.", text));
        assertEquals("\u00d0\u00b6", matched("(*UTF)\\p{Cyrillic}", text));
        assertEquals("\u00d0\u00b6", matched("(*UTF)(?i)\u00d0\u0096", text));
        assertEquals("\u00d0\u00b6", matched("(*UTF)(?<=\u00c3\u00a9).", text));
        assertEquals("\u00d0\u00b6", matched("(*UTF)[\\x{400}-\\x{4ff}]+", text));
        assertEquals(
                -22,
                assertThrows(MatchError.class, () -> matched("(*UTF)a", "a\u00a9"))
                        .code());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "(a 2 'missing closing parenthesis'",
                "a) 1 'unmatched closing parenthesis'",
                "[a 2 'missing terminating ] for character class'",
                "*a 0 'quantifier does not follow a repeatable item'",
                "a** 2 'quantifier does not follow a repeatable item'",
                "(?<n>a)(?<n>b) 12 'two named subpatterns have the same name (PCRE2_DUPNAMES not set)'",
                "(?<1a>x) 3 'subpattern name must start with a non-digit'",
                "(?<a 4 'syntax error in subpattern name (missing terminator?)'",
                "a\\ 2 '\\ at end of pattern'",
                "\\y 1 'unrecognized character follows \\'",
                "(?z) 2 'unrecognized character after (? or (?-'",
                "a{2,1} 5 'numbers out of order in {} quantifier'",
                "x{70000} 7 'number too big in {} quantifier'",
                "[z-a] 3 'range out of order in character class'",
                "[[:foo:]] 3 'unknown POSIX class name'",
                "[:alpha:] 0 'POSIX named classes are supported only within a class'",
                "(?<=a+)b 0 'lookbehind assertion is not fixed length'",
                "(?<!(?(?<=a*)b|c)d) 6 'lookbehind assertion is not fixed length'",
                "(?=a\\Kb) 8 '\\K is not allowed in lookarounds (but see PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK)'",
                "\\p{Foo} 7 'unknown property after \\P or \\p'",
                "\\1 1 'reference to non-existent subpattern'",
                "\\k<x> 3 'reference to non-existent subpattern'",
                "(?1) 3 'reference to non-existent subpattern'",
                "(?R 3 '(?R (recursive pattern call) must be followed by a closing parenthesis'",
                "\\U 2 'PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u'",
                "(*FOO) 5 '(*VERB) not recognized or malformed'",
                "\\x{100} 6 'character code point value in \\x{} or \\o{} is too large'",
                "(a)?(?(1)a|b|c) 4 'conditional subpattern contains more than two branches'",
            })
    void aMistakeIsReportedInPcre2sWordsAtItsPlace(String pattern, int offset, String message) {
        PatternError e = assertThrows(PatternError.class, () -> Pcre.compile(pattern, false));
        assertEquals(offset + " " + message, e.offset() + " " + e.getMessage());
    }

    @Test
    void lookbehindsWithinEachOtherAreReadOnce() throws PatternError {
        assertEquals("b", matched("(?<=a".repeat(120) + ")".repeat(120) + "b", "ab"));
    }

    @Test
    void aNameMayBeThereTwice() throws PatternError {
        assertEquals(
                "[Named[name=a, group=3], Named[name=n, group=1], Named[name=n, group=2]]",
                Pcre.compile("(?J)(?<n>x)|(?<n>y)(?<a>z)", false).names().toString());
    }
}
