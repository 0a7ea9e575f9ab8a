package hopyard.backend.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.django.Setting.Invalid;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceSettingsTest {

    private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static TraceSettings read(String... pairs) throws Invalid {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            environment.put(pairs[i], pairs[i + 1]);
        }
        return TraceSettings.from(environment, "app");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            OTEL_EXPORTER_OTLP_ENDPOINT,        http://jaeger:4318,            http/protobuf, http://jaeger:4318/v1/traces
            OTEL_EXPORTER_OTLP_ENDPOINT,        http://jaeger:4318/,           ,              http://jaeger:4318/v1/traces
            OTEL_EXPORTER_OTLP_ENDPOINT,        https://collector/otlp,        http/protobuf, https://collector/otlp/v1/traces
            OTEL_EXPORTER_OTLP_ENDPOINT,        http://otel_collector:4318,    ,              http://otel_collector:4318/v1/traces
            OTEL_EXPORTER_OTLP_ENDPOINT,        http://jaeger:4317,            grpc,          http://jaeger:4317
            OTEL_EXPORTER_OTLP_ENDPOINT,        https://[::1]:4317/,           grpc,          https://[::1]:4317
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, http://jaeger:4318/my/traces,  ,              http://jaeger:4318/my/traces
            """)
    void theUrlIsMadeOfTheEndpointAsTheSpecificationHasIt(String name, String url, String protocol, String expected)
            throws Invalid {
        TraceSettings settings = read(name, url, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol == null ? "" : protocol);
        assertEquals(expected, settings.endpoint().toString());
        assertEquals(expected, settings.ofExporter().url());
        assertEquals(!"grpc".equals(protocol), settings.ofExporter().hasPath());
    }

    @Test
    void theEndpointForTracesComesBeforeTheOneForAll() throws Invalid {
        assertEquals(
                "http://b:1/v1/traces",
                read(ENDPOINT, "http://a:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:1/v1/traces")
                        .endpoint()
                        .toString());
    }

    @Test
    void whatIsSaidForTracesAloneComesBeforeWhatIsSaidForAll(@TempDir Path directory) throws Exception {
        Path certificate = Files.writeString(directory.resolve("pem"), "x");
        TraceSettings settings = read(
                ENDPOINT,
                "http://a:1",
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                "grpc",
                "OTEL_EXPORTER_OTLP_HEADERS",
                "a=b",
                "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                "c=d",
                "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
                certificate.toString());
        assertEquals("http://a:1", settings.endpoint().toString());
        assertEquals(Map.of("c", "d"), settings.headers());
        assertEquals(certificate, settings.certificate());
        assertThrows(Invalid.class, () -> read(ENDPOINT, "http://a:1", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "x"));
        assertEquals(
                2, TraceSettings.all().stream().filter(TraceSettings::isSecret).count());
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_EXPORTER_OTLP_ENDPOINT, ''",
        "OTEL_SDK_DISABLED, true",
        "OTEL_SDK_DISABLED, TRUE",
        "OTEL_TRACES_EXPORTER, none"
    })
    void nothingIsExportedWithoutAnEndpointOrIfItIsDisabled(String name, String value) throws Invalid {
        assertNull(read());
        assertNull(name.equals(ENDPOINT) ? read(name, value) : read(ENDPOINT, "http://a:1", name, value));
    }

    @Test
    void theServiceIsNamedBySettingResourceOrHop() throws Invalid {
        assertEquals(Map.of("service.name", "app"), read(ENDPOINT, "http://a:1").resource());
        assertEquals(
                Map.of("service.name", "shop", "host.name", "1,2"),
                read(ENDPOINT, "http://a:1", "OTEL_RESOURCE_ATTRIBUTES", "service.name=shop, host.name=1%2C2 ")
                        .resource());
        assertEquals(
                Map.of("service.name", "till"),
                read(
                                ENDPOINT,
                                "http://a:1",
                                "OTEL_RESOURCE_ATTRIBUTES",
                                "service.name=shop",
                                "OTEL_SERVICE_NAME",
                                "till")
                        .resource());
    }

    @Test
    void headersAreDecoded() throws Invalid {
        assertEquals(
                Map.of("authorization", "Basic a+b=", "x-id", "7"),
                read(ENDPOINT, "http://a:1", "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20a+b=,x-id=7")
                        .headers());
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_EXPORTER_OTLP_ENDPOINT, jaeger:4318, must be http://host:port",
        "OTEL_EXPORTER_OTLP_ENDPOINT, ftp://jaeger, must be http://host:port",
        "OTEL_EXPORTER_OTLP_ENDPOINT, http://ann:planted@jaeger, a password goes into OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_ENDPOINT, http://ann:planted@otel_collector, a password goes into OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_ENDPOINT, http://a b, is no URL",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, http://jaeger:4318, has no path",
        "OTEL_EXPORTER_OTLP_PROTOCOL, http/json, must be http/protobuf or grpc",
        "OTEL_EXPORTER_OTLP_HEADERS, planted, must be name=value",
        "OTEL_EXPORTER_OTLP_HEADERS, a=planted%x, has a %",
        "OTEL_EXPORTER_OTLP_CERTIFICATE, /nowhere.pem, which is no file",
        "OTEL_TRACES_SAMPLER, often, must be always_on",
        "OTEL_TRACES_SAMPLER_ARG, 1.5, must be a number from 0 to 1",
        "OTEL_BSP_SCHEDULE_DELAY, 0, must be a number from 1",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE, 4096, must not be more than OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_SDK_DISABLED, yes, must be true or false",
        "OTEL_TRACES_EXPORTER, zipkin, must be otlp or none"
    })
    void whatMakesNoSenseIsSaidWithoutSecrets(String name, String value, String message) {
        String said = assertThrows(Invalid.class, () -> read(name, value)).getMessage();
        assertTrue(said.startsWith(name) && said.contains(message), said);
        assertFalse(said.contains("planted"), said);
    }

    @ParameterizedTest
    @CsvSource({
        // by default as the trace says, and one that starts here is sampled
        "'', '', false, false, true",
        "'', '', true, false, false",
        "'', '', true, true, true",
        "always_off, '', true, true, false",
        "parentbased_always_off, '', false, false, false",
        "parentbased_always_off, '', true, true, true",
        "always_on, '', true, false, true",
        "traceidratio, 0.5, true, true, false",
        "traceidratio, 0.7, true, false, true",
        "parentbased_traceidratio, 0.5, true, true, true",
        "parentbased_traceidratio, 0.5, false, false, false"
    })
    void aSamplerDecidesByTheParentOrByTheIdOfTheTrace(
            String sampler, String ratio, boolean hasParent, boolean isParentSampled, boolean expected) throws Invalid {
        Sampler read = read(ENDPOINT, "http://a:1", "OTEL_TRACES_SAMPLER", sampler, "OTEL_TRACES_SAMPLER_ARG", ratio)
                .sampler();
        // the last 14 digits are 0.6 of all that there are
        assertEquals(expected, read.samples("0".repeat(18) + "99999999999999", hasParent, isParentSampled));
    }

    @Test
    void ofWhatIsWrongInTracestateNothingIsTaken() {
        assertNull(TraceState.read(null));
        assertNull(TraceState.read(List.of("")));
        assertEquals("a=1,b@c=2 3", TraceState.read(List.of("a=1, ,", "b@c=2 3")));
        assertNull(TraceState.read(List.of("a=1,a=2")));
        assertNull(TraceState.read(List.of("A=1")));
        assertNull(TraceState.read(List.of("a=1=2")));
        assertNull(TraceState.read(List.of("a=" + "x".repeat(257))));
    }

    @ParameterizedTest
    @CsvSource({
        "SELECT 1 FROM hopyard_note note JOIN hopyard_author author USING (id), SELECT hopyard_note hopyard_author",
        "insert into hopyard_note (text) values (?), INSERT hopyard_note",
        "UPDATE hopyard_note SET votes = votes + 1 WHERE id = ?, UPDATE hopyard_note",
        "SELECT pg_sleep(?), SELECT",
        "SELECT id FROM hopyard_note FOR UPDATE, SELECT hopyard_note",
        "COMMIT, COMMIT"
    })
    void aStatementIsCalledByItsFirstWordAndItsTables(String sql, String expected) {
        assertEquals(expected, DatabaseSpans.summary(sql));
    }
}
