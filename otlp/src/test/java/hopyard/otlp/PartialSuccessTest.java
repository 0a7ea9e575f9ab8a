package hopyard.otlp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartialSuccessTest {

    private static byte[] response(long rejected, String message) {
        return ExportTraceServiceResponse.newBuilder()
                .setPartialSuccess(ExportTracePartialSuccess.newBuilder()
                        .setRejectedSpans(rejected)
                        .setErrorMessage(message))
                .build()
                .toByteArray();
    }

    @Test
    void isReadAsProtobufEncodesIt() {
        assertEquals(new PartialSuccess(7, "no room"), PartialSuccess.read(response(7, "no room")));
        assertEquals(new PartialSuccess(Long.MAX_VALUE, "é?"), PartialSuccess.read(response(Long.MAX_VALUE, "é\n")));
        // a warning
        assertEquals(new PartialSuccess(0, "soon full"), PartialSuccess.read(response(0, "soon full")));
        assertEquals(new PartialSuccess(0, ""), PartialSuccess.read(response(-1, "")));
        assertEquals(
                512,
                PartialSuccess.read(response(1, "x".repeat(5000))).message().length());
    }

    @Test
    void whatIsNoneSaysNothing() {
        assertEquals(PartialSuccess.NONE, PartialSuccess.read(new byte[0]));
        assertEquals(PartialSuccess.NONE, PartialSuccess.read("<html>hello</html>".getBytes(StandardCharsets.UTF_8)));
        byte[] whole = response(7, "no room");
        assertEquals(PartialSuccess.NONE, PartialSuccess.read(Arrays.copyOf(whole, whole.length - 1)));
    }

    /** It ends, and throws nothing. */
    @Test
    void anyBytesCanBeRead() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            PartialSuccess.read(bytes);
        }
    }
}
