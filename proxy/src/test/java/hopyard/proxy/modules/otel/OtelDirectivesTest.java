package hopyard.proxy.modules.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.server.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of mistakes is what nginx's own module says of them, by its source. */
class OtelDirectivesTest {

    @TempDir
    private Path directory;

    private Configuration load(String text) throws IOException, ConfException {
        Path file = Files.writeString(directory.resolve("nginx.conf"), text);
        return new ConfigurationLoader(Modules.all(), directory, file, "", "stderr").load();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "otel_exporter { } | \"otel_exporter\" requires \"endpoint\"",
                "otel_exporter { endpoint https://; } | \"otel_exporter\" requires \"endpoint\"",
                "otel_exporter { endpoint h:1; } otel_exporter { endpoint h:2; } | \"otel_exporter\" directive is duplicate",
                "otel_exporter { endpoint h:1; foo bar; } | unknown directive \"foo\" in \"otel_exporter\"",
                "otel_exporter { endpoint h:1 h:2; } | invalid number of arguments in \"endpoint\" directive of \"otel_exporter\"",
                "otel_exporter { header a; } | invalid number of arguments in \"header\" directive of \"otel_exporter\"",
                "otel_exporter { endpoint h:1; endpoint h:2; } | \"endpoint\" directive of \"otel_exporter\" is duplicate",
                "otel_exporter { endpoint h:1; interval x; } | \"interval\" directive of \"otel_exporter\" invalid value",
                "otel_exporter { endpoint h:1; batch_size -1; } | \"batch_size\" directive of \"otel_exporter\" invalid value",
                "otel_exporter { endpoint h:1; batch_count x; } | \"batch_count\" directive of \"otel_exporter\" invalid value",
                "otel_exporter { endpoint h:1; header 'a b' c; } | \"header\" directive of \"otel_exporter\" has invalid header name",
                "otel_exporter { endpoint h:1; header a 'b\u0001'; } | \"header\" directive of \"otel_exporter\" has invalid header value",
                "otel_exporter { endpoint h:1; trusted_certificate /none; } | failed to open \"/none\" (2: No such file or directory)",
                "otel_service_name a; otel_service_name b; | \"otel_service_name\" directive is duplicate",
                "otel_resource_attr a; | invalid number of arguments in \"otel_resource_attr\" directive",
                "otel_exporter { endpoint h:1; } otel_trace_context both; | invalid value \"both\"",
                "server { otel_trace on; } | \"otel_exporter\" block is missing",
                "otel_trace on; server { location / { } } | \"otel_exporter\" block is missing",
                "server { otel_exporter { endpoint h:1; } } | \"otel_exporter\" directive is not allowed here",
                "otel_exporter { endpoint h:1; } otel_trace $none; | unknown \"none\" variable",
            })
    void aMistakeIsToldInTheWordsOfNginxsModule(String lines, String message) throws IOException {
        assertEquals(message, mistake("events {} http { " + lines + " }"));
    }

    @Test
    void whatIsNoEndpointIsRefusedWhenTheFileIsRead() throws IOException {
        assertEquals(
                "invalid endpoint \"unix:/run/otel.sock\", it must be a host with a port, and for OTLP/HTTP a path:"
                        + " [http[s]://]host[:port][/path]",
                mistake("events {} http { otel_exporter { endpoint unix:/run/otel.sock; } }"));
    }

    private String mistake(String text) throws IOException {
        try {
            load(text);
            return "none";
        } catch (ConfException e) {
            return e.getMessage().replaceFirst(" in \\S*nginx\\.conf:[0-9]+$", "");
        }
    }

    @Test
    void whatNginxsModuleTakesLoadsAndOnlyAnExporterExports() throws IOException, ConfException {
        Configuration with = load("""
                load_module modules/ngx_otel_module.so;
                events {}
                http { access_log off;
                    otel_exporter {
                        endpoint https://collector.example:4317;
                        interval 1s; batch_size 100; batch_count 2;
                        header X-A b; header X-C d;
                    }
                    otel_service_name edge;
                    otel_resource_attr deployment.environment.name test;
                    otel_resource_attr service.version 1;
                    split_clients $otel_trace_id $sampled { 10% on; * off; }
                    server {
                        otel_trace $sampled;
                        location / { otel_trace_context inject; otel_span_name "$request_method $uri"; }
                    }
                }
                """);
        assertNotNull(OtelExport.counts(with));
        assertNull(
                OtelExport.counts(load("events {} http { access_log off; server { otel_trace_context propagate; } }")));
    }
}
