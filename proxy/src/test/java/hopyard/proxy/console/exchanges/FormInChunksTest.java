package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ActingUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A form whose length nobody has said is empty for Django, and the exchange says so. */
class FormInChunksTest {

    private static final String FORM = "application/x-www-form-urlencoded";

    @TempDir
    private Path directory;

    /** A body whose length the client does not say. */
    private static RequestBody inChunks(String type) {
        return new RequestBody() {
            @Override
            public MediaType contentType() {
                return MediaType.get(type);
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.write("a=1".getBytes(StandardCharsets.US_ASCII));
            }
        };
    }

    private static boolean isTold(JsonNode exchange) {
        return exchange.at("/answeredBy/text").asText().contains("to Django such a form is empty");
    }

    private boolean isTold(String path, RequestBody body) throws Exception {
        try (ActingUpstream app = new ActingUpstream(1);
                ConsoleUnderTest console = ConsoleUnderTest.start(directory, "", """
                        hop_console edit; }
                        location /streamed { proxy_request_buffering off; proxy_pass http://%1$s; }
                        location /buffered { proxy_pass http://%1$s;
                        """.formatted(app.address()))) {
            return isTold(console.exchange(console.request(path).post(body)));
        }
    }

    @Test
    void isToldOfWhereItIsPassedOnInChunks() throws Exception {
        assertEquals(true, isTold("/streamed", inChunks(FORM)));
        assertEquals(true, isTold("/streamed", inChunks("multipart/form-data; boundary=b")));
    }

    @Test
    void isNotToldOfWhereTheLengthIsSaidOrItIsNoForm() throws Exception {
        assertEquals(false, isTold("/buffered", inChunks(FORM)));
        assertEquals(false, isTold("/streamed", RequestBody.create("a=1", MediaType.get(FORM))));
        assertEquals(false, isTold("/streamed", inChunks("application/json")));
    }
}
