package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.Modules;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What {@code -V} says is what there is. */
class VersionTest {

    private static String details(List<Module> modules) {
        return Version.details(Path.of("/opt"), modules);
    }

    private static Module module(String page) {
        return () -> new Module.Manual("a module", page);
    }

    @Test
    void itsFirstLinesAreThoseThatToolsLookFor() {
        List<String> lines = details(List.of()).lines().toList();
        assertTrue(lines.get(0).matches("nginx version: nginx/[0-9.]+ \\(hopyard/[0-9.]+\\)"), lines.get(0));
        assertTrue(lines.get(1).startsWith("built with Java "), lines.get(1));
        assertEquals("TLS SNI support enabled", lines.get(3));
        assertTrue(lines.get(4).startsWith("configure arguments: --prefix=/opt "), lines.get(4));
        assertEquals(5, lines.size());
    }

    /** nginx's own tests compare the version; certbot believes what says that it is built or running with OpenSSL. */
    @Test
    void itSaysWhichOpensslItsSettingsAreThoseOfAndThatItIsNone() {
        String line = details(List.of()).lines().toList().get(2);
        assertTrue(line.startsWith("TLS by Conscrypt or Java, "), line);
        assertTrue(
                Pattern.compile("with openssl ([0-9.]+)", Pattern.CASE_INSENSITIVE)
                        .matcher(line)
                        .find(),
                line);
        assertFalse(line.contains("built with") || line.contains("running with"), line);
    }

    @Test
    void aModuleIsThereOnceItIsListed() {
        assertFalse(details(List.of()).contains("http_sub_module"));
        assertTrue(details(List.of(module("ngx_http_sub_module"))).contains(" --with-http_sub_module"));
        assertTrue(details(List.of()).contains(" --without-http_referer_module"));
        assertFalse(details(List.of(module("ngx_http_referer_module"))).contains("http_referer_module"));
    }

    @Test
    void itNamesWhatThisProxyHasAndLacks() {
        String details = details(Modules.all());
        for (String name : List.of("ssl", "v2", "realip", "auth_request", "gzip_static", "stub_status")) {
            assertTrue(details.contains(" --with-http_" + name + "_module"), details);
        }
        for (String name : List.of(
                "proxy",
                "fastcgi",
                "grpc",
                "uwsgi",
                "scgi",
                "access",
                "gzip",
                "map",
                "upstream_zone",
                "mail",
                "stream")) {
            assertFalse(details.contains("_" + name + "_module"), details);
        }
    }
}
