package hopyard.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Regular expressions mean what PCRE means by them. */
class RegexTest {

    private static final Directive LINE = new Directive("rewrite", List.of(), null, "nginx.conf", 1);

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
}
