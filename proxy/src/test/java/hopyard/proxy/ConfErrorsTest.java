package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.http.ConfigurationLoader;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.support.Nginx;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said about broken configurations is what the real nginx says about them, line included. */
class ConfErrorsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "foo;",
                "events {}\nhttp {\n  foo bar;\n}",
                "events {} http { server { listen 80 }",
                "events {} http { server { listen 80; }",
                "events {} http { } }",
                "events {} ;",
                "events {} {",
                "events {} http { server { ; } }",
                "events {} http { server { listen 80; } \n\n",
                "events {} http { log_format x \"unterminated; }",
                "events {} http { log_format x \"a\"b; }",
                "events { worker_connections; }",
                "events { worker_connections many; }",
                "events {} events {}",
                "worker_processes -1; events {}",
                "worker_processes 1; worker_processes 1; events {}",
                "events; http {}",
                "events {} http { server { listen 127.0.0.1:1 { } } }",
                "http {}",
                "events {} listen 80;",
                "events {} http { proxy_pass http://127.0.0.1; }",
                "events {} http { server { listen 127.0.0.1:99999; } }",
                "events {} http { server { listen 127.0.0.1:1 bogus; } }",
                "events {} http { server { listen 127.0.0.1:1; listen 127.0.0.1:1; } }",
                "events {} http { server { listen 127.0.0.1:1 default_server; } server { listen 127.0.0.1:1 default_server; } }",
                "events {} http { server { location / {} location / {} } }",
                "events {} http { server { location ! /a {} } }",
                "events {} http { server { location /a { location /b {} } } }",
                "events {} http { server { location = /a { location /a/b {} } } }",
                "events {} http { server { root /a; root /b; } }",
                "events {} http { server { location / { root /a; alias /b; } } }",
                "events {} http { server { location / { proxy_pass ftp://x; } } }",
                "events {} http { server { location ~ x { proxy_pass http://127.0.0.1/y; } } }",
                "events {} http { server { location / { proxy_pass http://127.0.0.1; proxy_pass http://127.0.0.1; } } }",
                "events {} http { server { location / { proxy_read_timeout soon; } } }",
                "events {} http { server { location / { proxy_buffering maybe; } } }",
                "events {} http { server { location / { proxy_http_version 3; } } }",
                "events {} http { server { location / { proxy_next_upstream sometimes; } } }",
                "events {} http { client_max_body_size huge; }",
                "events {} http { upstream a { } }",
                "events {} http { upstream a { server 127.0.0.1 weight=0; } }",
                "events {} http { upstream a { server 127.0.0.1 colour=red; } }",
                "events {} http { upstream a { server 127.0.0.1; } upstream a { server 127.0.0.1; } }",
                "events {} http { upstream a { server no.such.host.invalid; } }",
                "events {} http { map $uri host { } }",
                "events {} http { map $uri $x { a b c; } }",
                "events {} http { map $uri $x { default 1; default 2; } }",
                "events {} http { map $uri $x { a 1; a 2; } }",
                "events {} http { map $uri $host { } }",
                "events {} http { server { location / { if ($a) { proxy_set_header A b; } } } }",
                "events {} http { server { location / { if ($uri) { location /x { } } } } }",
                "events {} http { server { if ($uri) { proxy_pass http://127.0.0.1; } } }",
                "events {} http { server { location / { limit_except GET { proxy_set_header A b; } } } }",
                "events {} http { server { location / { limit_except FOO { deny all; } } } }",
                "events {} http { server { location / { satisfy some; } } }",
                "events {} http { limit_req_zone $uri zone=a:1m; limit_req_zone $uri zone=a:1m; }",
                "events {} http { limit_req_zone $uri zone=a:1m rate=x; }",
                "events {} http { limit_req_zone $uri zone=a:1k rate=1r/s; }",
                "events {} http { limit_req_zone $uri zone=a rate=1r/s; }",
                "events {} http { limit_req_zone $uri rate=1r/s zone=a:xm; }",
                "events {} http { server { limit_req zone=nothing; } }",
                "events {} http { server { limit_req burst=5; } }",
                "events {} http { limit_req_zone $uri zone=a:1m rate=1r/s; server { limit_req zone=a burst=0; } }",
                "events {} http { limit_req_zone $uri zone=a:1m rate=1r/s; server { limit_req zone=a; limit_req zone=a; } }",
                "events {} http { limit_req_status 200; }",
                "events {} http { limit_conn_zone $uri zone=a:1m; server { limit_conn a 0; } }",
                "events {} http { limit_conn_zone $uri zone=a:1m; server { limit_conn a 70000; } }",
                "events {} http { server { limit_conn nothing 1; } }",
                "events {} http { geo $x { 300.1.1.1 a; } }",
                "events {} http { geo x { default a; } }",
                "events {} http { geo $x { 1.1.1.1 a b; } }",
                "events {} http { split_clients $uri $x { 50% a; 60% b; } }",
                "events {} http { split_clients $uri $x { 50 a; } }",
                "events {} http { split_clients $uri x { 50% a; } }",
                "events {} http { proxy_cache_path /tmp/x levels=3 keys_zone=a:1m; }",
                "events {} http { proxy_cache_path /tmp/x; }",
                "events {} http { proxy_cache_path /tmp/x levels=1; }",
                "events {} http { proxy_cache_path /tmp/x keys_zone=a:1m inactive=x; }",
                "events {} http { server { location / { proxy_cache nothing; proxy_pass http://127.0.0.1; } } }",
                "events {} http { server { location / { proxy_cache_valid soon; } } }",
                "events {} http { server { location / { proxy_cache_valid 999 1m; } } }",
                "events {} http { server { location / { proxy_cache_use_stale sometimes; } } }",
                "events {} http { server { location / { proxy_cache_methods PUT; } } }",
                "events {} http { server { location / { proxy_ignore_headers X-Mine; } } }",
                "events {} http { server { location / { proxy_cookie_path nothing; } } }",
                "events {} http { server { location / { proxy_bind nowhere.invalid; } } }",
                "events {} http { server { location / { proxy_limit_rate fast; } } }",
                "events {} http { server { location / { proxy_ssl_verify on; proxy_pass https://127.0.0.1; } } }",
                "events {} http { server { listen 127.0.0.1:1 ssl; } }",
                "events {} http { server { listen unix:; } }",
                "events {} http { server { ssl_protocols TLSv9; } }",
                "events {} http { upstream a { hash; server 127.0.0.1; } }",
                "events {} http { upstream a { hash $uri sometimes; server 127.0.0.1; } }",
                "events {} http { upstream a { random three; server 127.0.0.1; } }",
                "events {} http { upstream a { server 127.0.0.1 max_conns=x; } }",
                "events {} http { upstream a { server unix:; } }",
                "events {} http { upstream a { zone a 1k; server 127.0.0.1; } }",
                "events {} http { resolver; }",
                "events {} http { resolver 127.0.0.1 valid=x; }",
                "events {} http { keepalive_disable netscape; }",
                "events {} http { large_client_header_buffers 0 8k; }",
                "events {} http { server { location / { auth_request_set x y; } } }",
                "events {} http { server { location / { add_trailer A b sometimes; } } }",
                "events {} http { server { location / { limit_rate fast; } } }",
                "events {} http { server { location / { if_modified_since maybe; } } }",
                "events {} http { server { location / { charset a; charset b; } } }",
                "events {} http { server { location / { autoindex_format yaml; } } }",
                "events {} http { server { location / { proxy_store on; proxy_store off; } } }",
                "events {} http { server { location / { mirror off; mirror /x; } } }",
                "events {} http { server { server_name ~^(?<host>x)$; } }",
                "events {} http { server { location / { set $uri x; } } }",
                "events {} http { server { set x 1; } }",
                "events {} http { server { set $x $nothing; } }",
                "events {} http { server { return soon; } }",
                "events {} http { server { return 2000; } }",
                "events {} http { add_header A $nothing; server { } }",
                "events {} http { add_header A b never; }",
                "events {} http { add_header A ${uri; }",
                "events {} http { access_log logs/a.log unknown; }",
                "events {} http { log_format combined x; }",
                "events {} http { include none.conf; }",
                "events {} error_log stderr loud;",
                "events {} http { types { text/html html; } keepalive_timeout x; }",
                "events {} http { sendfile maybe; }",
                "events {} http { sendfile on; sendfile off; }",
                "events {} http { types_hash_max_size big; }",
                "events { use magic; }",
                "worker_rlimit_nofile many; events {}",
                "events {} http { proxy_buffers 8; }",
                "events {} http { proxy_buffers x 4k; }",
                "events {} http { server_tokens never; }",
                "events {} http { error_page 200 /x; }",
                "events {} http { error_page 499 /x; }",
                "events {} http { error_page x /x; }",
                "events {} http { error_page 404; }",
                "events {} http { server { internal; } }",
                "events {} http { server { try_files $uri; } }",
                "events {} http { server { try_files $uri =x; } }",
                "events {} http { server { try_files $uri =404; try_files $uri =404; } }",
                "events {} http { server { rewrite ^ /x sometimes; } }",
                "events {} http { server { location / { proxy_redirect default; proxy_pass http://127.0.0.1; } } }",
                "events {} http { server { location / { proxy_redirect sometimes; } } }",
                "events {} http { server { allow nobody; } }",
                "events {} http { expires soon; }",
                "events {} http { expires modified @1h; }",
                "events {} http { expires @25h; }",
                "events {} http { expires 1h; expires 2h; }",
                "events {} http { log_not_found perhaps; }",
                "events {} http { server { if $uri { } } }",
                "events {} http { server { if ($uri { } } }",
                "events {} http { server { if ($uri is x) { } } }",
                "events {} http { server { if (uri) { } } }",
                "events {} http { server { if ($uri =) { } } }",
                "events {} http { server { location / { if ($uri) { location /x { } } } } }",
                "events {} http { server { location / { if ($uri) { if ($uri) { } } } } }",
                "events {} http { server { location / { if ($uri) { proxy_pass http://127.0.0.1/x; } } } }",
                "events {} http { server { deny 10.0.0.0/99; } }",
            })
    void readAsNginxSaysThem(String text) throws Exception {
        Nginx.require();
        Files.createDirectories(directory.resolve("logs"));
        Path file = Files.writeString(directory.resolve("nginx.conf"), text + "\n");
        String nginx = Nginx.test(directory, file, "")
                .lines()
                .filter(line -> line.contains("[emerg]"))
                .findFirst()
                .orElse("nginx accepts this")
                // with -e stderr, nginx's own line starts as in a log: time and process ids
                .replaceFirst(".*\\[emerg\\] (\\d+#\\d+: )?", "");
        ConfException mine = assertThrows(
                ConfException.class,
                () -> new ConfigurationLoader(Modules.all(), directory, file, "", "stderr").load());
        assertEquals(nginx, mine.getMessage());
    }
}
