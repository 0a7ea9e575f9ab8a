package hopyard.proxy.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.exchange.RequestTarget;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What nginx 1.22 has written for each byte; {@code EscapingTest} asks it again. */
class EscapeTest {

    /** What stays as it is, of all 256 bytes, by kind. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "URI, `!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~`",
                "ARGS, `!$'()*,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~`",
                "COMPONENT, `-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~`",
            })
    void encodesAllButTheseBytes(Escape kind, String kept) {
        StringBuilder expected = new StringBuilder();
        StringBuilder all = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            all.append((char) b);
            expected.append(kept.indexOf(b) >= 0 ? Character.toString(b) : "%%%02X".formatted(b));
        }
        assertEquals(expected.toString(), kind.apply(all.toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "/a/b, /a/b",
        "/a%20b, /a b",
        "/a//b/./c, /a//b/./c",
        "/a%2541, /a%41",
        "/a%zz%4, /azz",
        "/..a/b../...,/..a/b../...",
        "/../a,",
        "/a/..,",
        "/a/../b,",
        "..,",
        "../a,",
        "/%2e%2e/a,",
        "/a/.%2E,",
        "/a/..%2fb,",
        "/a%2f..%2fb,",
        "/a%00b,",
        "'',",
    })
    void decodesAnInternalUriUnlessItIsUnsafe(String uri, String decoded) {
        assertEquals(decoded, RequestTarget.decodeInternal(uri));
    }
}
