package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Variables;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions mean what PCRE means by them. */
class RegexTest {

    private static final Directive LINE = new Directive("rewrite", List.of(), null, "nginx.conf", 1, 0);

    private static Regex regex(String text) throws ConfException {
        return Regex.compile(new Variables(), LINE, text, false);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "^/a$, /a, true",
                "^/(?<name>\\w+)$, /x, true",
                "^/(?<with_underscore>\\d+)$, /42, true",
                "^/(?P<python>x)$, /x, true",
                "^/(?'quoted'x)$, /x, true",
                "(?<!x)y, xy, false",
                "(?=x)x, x, true",
                "^[[:alpha:]]+$, abc, true",
                "^[[:alpha:]]+$, ab1, false",
                "^[^[:space:]]$, a, true",
                "^[[a]+$, [a[, true",
                "^[]a]+$, ]a, true",
                "^[a&&b]+$, a&b, true",
                "^a{b}$, a{b}, true",
                "\"^a{2,3}$\", aaa, true",
                "^\\Qa.b\\E$, a.b, true",
                "^\\Qa.b\\E$, axb, false",
                "^(?i)abc$, ABC, true",
                "^(?>a+)b$, aab, true",
                "\\p{N}$, a5, true",
            })
    void matchLikePcre(String pattern, String text, boolean matches) throws ConfException {
        assertEquals(matches, regex(pattern).find(text));
    }

    @Test
    void onlyALineFeedEndsALine() throws ConfException {
        assertEquals(true, regex("^a.b$").find("a\rb"));
        assertEquals(true, regex("^a.b$").find("a\u0085b"));
        assertEquals(false, regex("^a.b$").find("a\nb"));
        assertEquals(true, regex("^a$").find("a\n"));
        assertEquals(false, regex("^a$").find("a\r"));
    }

    @Test
    void aBrokenOneIsAMistakeOfItsLine() {
        ConfException e = assertThrows(ConfException.class, () -> regex("^(a"));
        assertEquals(true, e.getMessage().startsWith("pcre2_compile() failed: "), e.getMessage());
        assertEquals(true, e.getMessage().endsWith(" in nginx.conf:1"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^/(a+)+$",
                "^/(a|aa)+$",
                "^/(?:[^/]*a)*[^/]*[b-d]$",
                "(x+x+)+y|!z",
                "^(.*)(.*)(.*)(.*)(.*)[^a!]$"
            })
    void whatWouldTakeForEverIsGivenUp(String pattern) throws ConfException {
        Regex regex = regex(pattern);
        String text = "/" + (pattern.contains("x+") ? "x" : "a").repeat(5000) + "!";
        Regex.LimitReached limit = assertThrows(Regex.LimitReached.class, () -> regex.find(text));
        assertEquals(true, limit.getMessage().startsWith("pcre2_match() failed: -47 on \"/"));
    }

    @Test
    void manySlowOnesMayHaveATimeForAllOfThem() throws ConfException {
        // each look takes as long as the expression is
        Regex slow = regex(".*".repeat(1500) + "[yz]");
        Regex quick = regex("(a|b)*c");
        long begin = System.nanoTime();
        Regex.within(Duration.ofMillis(100), () -> {
            for (int i = 0; i < 100; i++) {
                assertThrows(Regex.LimitReached.class, () -> slow.find("x/_hops/config/test"));
            }
            assertEquals(true, quick.find("ababc"));
        });
        assertEquals(true, System.nanoTime() - begin < Duration.ofSeconds(20).toNanos());
        assertEquals(true, regex("^(a|b|/)*c$").find("/" + "ab".repeat(500) + "c"));
    }

    @Test
    void aLongTextNeedsNoneOfTheThreadsStack() throws ConfException {
        assertEquals(true, regex("^(/|a|b)*$").find("/" + "ab".repeat(50_000)));
        Regex.LimitReached limit = assertThrows(
                Regex.LimitReached.class, () -> regex("^(/|a|ab|b)*$").find("/" + "a".repeat(1_000_000)));
        // PCRE2's error for too much of the heap
        assertEquals(true, limit.getMessage().startsWith("pcre2_match() failed: -63 on \"/aaa"));
    }

    @ParameterizedTest
    @CsvSource({
        ".*\\.(gif|png)$, 5.gif, true",
        ".*\\.(gif|png)$, 5.txt, false",
        ".*x|y, 3y, true",
        ".*?z, 1z, true",
        "(.*)q$, 7q, true"
    })
    void anExpressionForAnythingInFrontTakesNoLongerForALongText(String pattern, String end, boolean matches)
            throws ConfException {
        assertEquals(matches, regex(pattern).find("a".repeat(end.startsWith("3") ? 1000 : 30_000) + end));
    }

    @Test
    void anExpressionForAnythingInFrontMatchesInALaterLine() throws ConfException {
        assertEquals(true, regex(".*b$").find("a\nb"));
        assertEquals(false, regex(".*a$").find("b\nc"));
    }
}
