package hopyard.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which protocol an endpoint is spoken to in, and by which URL. */
class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "localhost:4317, http://localhost:4317, false",
        "http://localhost:4317/, http://localhost:4317, false",
        "HTTPS://[::1]:4317, HTTPS://[::1]:4317, false",
        "localhost:4318/v1/traces, http://localhost:4318/v1/traces, true",
        "otel_collector:4318/v1/traces, http://otel_collector:4318/v1/traces, true",
        "https://collector.example/v1/traces, https://collector.example/v1/traces, true"
    })
    void aPathMeansHttp(String endpoint, String url, boolean isHttp) {
        Settings settings = new Settings(endpoint, Duration.ZERO, 1, 1, Map.of(), null, Map.of());
        assertEquals(url, settings.url());
        assertEquals(isHttp, settings.hasPath());
    }

    @ParameterizedTest
    @CsvSource({
        "otel_collector:4318/v1/traces, otel_collector, 4318",
        "http://localhost, localhost, 80",
        "HTTPS://[::1]/v1/traces, [::1], 443"
    })
    void aHostMayHaveAnUnderscoreAndThePortIsThatOfTheSchemeIfNoneIsNamed(String endpoint, String host, int port) {
        Settings settings = new Settings(endpoint, Duration.ZERO, 1, 1, Map.of(), null, Map.of());
        assertEquals(host, settings.host());
        assertEquals(port, settings.port());
    }
}
