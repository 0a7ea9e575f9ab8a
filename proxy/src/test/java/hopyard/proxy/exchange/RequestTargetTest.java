package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import hopyard.proxy.io.Escape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {

    @ParameterizedTest
    @CsvSource({
        "/, /",
        "/a/b, /a/b",
        "/a//b, /a/b",
        "//, /",
        "/a/./b, /a/b",
        "/a/../b, /b",
        "/a/b/.., /a/",
        "/a/b/., /a/b/",
        "/%61, /a",
        "/a%2Fb, /a/b",
        "/a/%2e%2e/b, /b",
        "/a%20b, /a b",
        "/a%25b, /a%b",
        "/.a, /.a",
        "/..a, /..a",
        "/a/..b, /a/..b",
    })
    void normalizes(String path, String uri) {
        assertEquals(uri, RequestTarget.normalize(path, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "*", "/..", "/../a", "/a/../..", "/%", "/%2", "/%zz", "/%00"})
    void refuses(String path) {
        assertNull(RequestTarget.normalize(path, true));
    }

    @Test
    void keepsAdjacentSlashesIfTold() {
        assertEquals("/a//b", RequestTarget.normalize("/a//b", false));
    }

    @Test
    void escapesWhatARequestLineCannotHold() {
        assertEquals("/a%20b%3F%23%25%C3%A9", Escape.URI.apply("/a b?#%\u00c3\u00a9"));
    }
}
