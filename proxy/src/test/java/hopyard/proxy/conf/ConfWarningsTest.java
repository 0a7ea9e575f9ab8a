package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.support.Nginx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of configurations that load, the same is warned of as by the real nginx. */
class ConfWarningsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "events {} http { server { allow 192.168.1.1/24; deny 10.0.0.1/8; allow 10.0.0.0/8; deny 1.2.3.4/0; } }",
                "events {} http { server { set_real_ip_from ::1/64; set_real_ip_from 10.0.0.0/8; } }",
                "events {} http { geo $x { proxy 10.1.1.1/8; default 1; default 2; 10.1.1.1/8 a; 10.2.2.2/8 b; } }",
                "events {} http { geo $x { 1.2.3.4 a; delete 1.2.3.4; delete 1.2.3.4; } }",
                "events {} http { geo $x { ranges; 1.2.3.4-1.2.3.9 a; 1.2.3.4-1.2.3.9 b; 1.2.3.5-1.2.3.5 c; } }",
                "events {} http { geo $x { ranges; delete 1.2.3.9-1.2.3.14; } }",
                "events {} http { server { gzip_types text/plain text/html text/plain; gzip_types TEXT/PLAIN; } }",
                "events {} http { server { gzip_types *; ssi_types a/b; charset_types text/plain; sub_filter_types x; } }",
                "events {} http { types { text/html html htm; text/plain html; } server { types { a/b html; } } }",
                "events {} http { server { server_name a a; } }",
                "events {} http { server { server_name a A; } server { } }",
                "events {} http { server { server_name a; } server { server_name b a; } }",
                "events {} http { http2_idle_timeout 1; http2_idle_timeout 2; http2_max_requests 5; }",
                "events {} http { http2_max_field_size 1k; http2_max_header_size 1k; http2_recv_timeout 1s; }",
                "events {} http { proxy_send_lowat 1; fastcgi_send_lowat 0; }",
                "events { debug_connection 127.0.0.1; debug_connection 10.0.0.0/8; }",
                "events {} http { server { location / { if ($uri) { sendfile on; } http2_push_preload on; } } }",
                "events {} http { server { keepalive_requests 10000000000; keepalive_timeout 1w; expires 1y; } }",
                "events {} http { server { location / { proxy_pass HTTP://127.0.0.1:1; } } }",
                "events {} http { server { location / { proxy_buffer_size 16k; proxy_buffers 8 16k; } } }",
                "events {} http { proxy_buffer_size 16k; proxy_buffers 4 32k; proxy_busy_buffers_size 64k; server { } }",
                "events {} http { server { location ~ /a { location /a/b { } location ~ c { } } } }",
            })
    void asNginxWarns(String text) throws Exception {
        Nginx.require();
        Files.createDirectories(directory.resolve("logs"));
        Path file = Files.writeString(directory.resolve("nginx.conf"), text + "\n");
        List<String> theirs = Nginx.complaints(directory, file, "warn|emerg")
                // the test runs as root or not
                .filter(line -> !line.contains("\"user\" directive makes sense only"))
                .distinct()
                .sorted()
                .toList();
        Stream<String> mine =
                new ConfigurationLoader(Modules.all(), directory, file, "", "stderr").load().warnings().stream();
        assertEquals(theirs, mine.distinct().sorted().toList());
    }
}
