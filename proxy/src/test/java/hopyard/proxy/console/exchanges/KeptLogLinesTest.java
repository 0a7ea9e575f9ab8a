package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of the error log's lines with an exchange, and what is cut, holds no secret and no half of one. */
class KeptLogLinesTest {

    private static final String SECRET = "hunter2swordfish";

    @TempDir
    private Path directory;

    private ConsoleUnderTest console;

    @BeforeEach
    void start() throws IOException {
        console =
                ConsoleUnderTest.start(directory, "error_log error.log info; hop_exchanges 100 64k;\n", "hop_console;");
    }

    @AfterEach
    void stop() throws Exception {
        console.close();
    }

    private JsonNode exchangeAfter(String request) throws IOException {
        try (RawClient client = new RawClient(console.proxy.port())) {
            client.send(request).readAll();
        }
        JsonNode[] newest = new JsonNode[1];
        Wait.until("the exchange to be recorded", () -> {
            newest[0] = console.json("/_hops/exchanges?limit=1").at("/exchanges/0");
            return !newest[0].isMissingNode();
        });
        return newest[0];
    }

    @Test
    void aLongMalformedLineIsHiddenToItsEnd() throws IOException {
        for (String line : new String[] {"Author ization: " + SECRET + " ", "X: 1\r\nHost: b " + SECRET + " "}) {
            JsonNode seen = exchangeAfter("GET / HTTP/1.1\r\nHost: a\r\n" + line + "a ".repeat(1100) + "\r\n\r\n");
            assertFalse(seen.toString().contains("hunter2"), seen.toString());
            assertFalse(seen.toString().contains("a a a"), seen.toString());
            assertEquals(1, seen.get("errorLog").size());
        }
    }

    @Test
    void aPasswordBeforeAnAtSignThatIsCutAwayIsNotShown() throws IOException {
        for (int pad = 1850; pad < 2060; pad += 7) {
            JsonNode seen = exchangeAfter("GET /" + "p".repeat(pad) + "/me:" + SECRET
                    + "@h HTTP/1.1\r\nHost: a\r\nBad Line: x\r\nConnection: close\r\n\r\n");
            assertFalse(seen.toString().contains("hunter2"), seen.toString());
        }
    }

    @Test
    void aTargetThatThereIsNoRoomForIsLeftOutWhole() throws IOException {
        for (int pad = 3600; pad < 4100; pad += 13) {
            JsonNode seen = exchangeAfter("GET /" + "p/".repeat(pad / 2) + "//me:" + SECRET
                    + "@h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assertFalse(seen.toString().contains("hunter2"), seen.toString());
        }
    }

    @Test
    void nothingOfTheContextIsLeftInTheLine() throws IOException {
        JsonNode seen = exchangeAfter("GET /" + SECRET + "\u0001\u0001\u0001\u0001 HTTP/1.1\r\nHost: a\r\n\r\n");
        assertTrue(seen.get("errorLog").size() > 0, seen.toString());
        assertFalse(seen.get("errorLog").toString().contains("client: "), seen.toString());
        assertFalse(seen.get("errorLog").toString().contains("hunter2"), seen.toString());
    }
}
