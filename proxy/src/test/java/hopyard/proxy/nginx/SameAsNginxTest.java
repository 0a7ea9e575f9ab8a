package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same configuration, the same request and the same upstream behind the real nginx and behind Hopyard. */
class SameAsNginxTest {

    /** Headers that are compared; the rest (Date, Server, connection) is the servers' own business. */
    private static final Pattern COMPARED = Pattern.compile(
            "(?i)(cache-control|content-type|content-length|location|x-[a-z-]+|set-cookie|etag|last-modified|accept-ranges|content-range): .*");

    @TempDir
    private Path directory;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private RawUpstream upstream;
    private ProxyUnderTest hopyard;
    private Process nginx;
    private int nginxPort;

    @BeforeEach
    void start() throws Exception {
        Nginx.require();
        upstream = new RawUpstream(this::behave);
        Files.createDirectories(directory.resolve("nginx/html/dir"));
        Files.createDirectories(directory.resolve("nginx/logs"));
        Files.createDirectories(directory.resolve("hopyard"));
        Files.writeString(directory.resolve("nginx/html/file.txt"), "a file\n");
        Files.writeString(directory.resolve("nginx/html/dir/index.html"), "an index\n");
        Files.writeString(directory.resolve("nginx/html/long.txt"), "many lines\n".repeat(20_000));
        String http = """
                map $arg_m $mapped { default none; ~^a(.*)$ "a-$1"; b beta; }
                upstream app { server %1$s; }
                server {
                    %%s
                    server_name own.example;
                    root %2$s;
                    client_max_body_size 8;
                    proxy_read_timeout 300ms;
                    proxy_set_header Host $host:$server_name;
                    proxy_set_header X-Seen "$scheme $request_uri $uri $args$is_args $mapped $request_method";
                    add_header X-Level server;
                    location / { proxy_pass http://app; }
                    location /root/ { proxy_pass http://app/; }
                    location /deep/ { proxy_pass http://%1$s/a/b; }
                    location = /exact { proxy_pass http://app/other?x=1; }
                    location ~ ^/re/(.*)$ { add_header X-Capture "$1"; proxy_pass http://app; }
                    location /old/ { proxy_set_header X-Only old; proxy_pass http://app; }
                    location /say { default_type text/plain; return 200 "$uri|$args|$mapped|$http_x_in|$cookie_c"; }
                    location /go { return 301 /there; }
                    location /away { return 302 http://elsewhere.example/x?$args; }
                    location /gone { return 410; }
                    location /nothing { return 204; }
                    location /teapot { return 418; }
                    location /file { types { } default_type text/x-odd; }
                    location /dir { }
                    location /files/ { alias %2$s/; }
                    location /ep/ {
                        error_page 404 403 /pages/err;
                        error_page 502 504 @fallback;
                        error_page 418 =200 /say/error?why=teapot;
                        error_page 410 = /say/own;
                        error_page 409 http://elsewhere.example/conflict;
                        error_page 405 =301 /moved;
                        error_page 406 /none/of/this;
                        root %2$s;
                        location /ep/app/ { proxy_pass http://app/; }
                        location /ep/teapot { return 418; }
                        location /ep/gone { return 410; }
                        location /ep/conflict { return 409; }
                        location /ep/acceptable { return 406; }
                        location /ep/own { error_page 404 /say/inner; }
                    }
                    location = /pages/err { internal; default_type text/plain; return 200 "page for $status $uri $request_uri $request_method"; }
                    location @fallback { add_header X-Fallback yes; proxy_pass http://app; }
                    location /files-err/ { error_page 404 /file.txt; alias %2$s/; }
                    location /try/ { try_files $uri $uri/ /file.txt; }
                    location /try-root { try_files /file$is_args.txt $uri /dir/ =404; }
                    location /try-named/ { try_files $uri @fallback; }
                    location /try-nobody/ { try_files $uri @nobody; }
                    location /try-code/ { try_files $uri =410; }
                    location /try-args/ { try_files $uri /say/x?from=try&$args; }
                    location /try-cycle/ { try_files $uri /try-cycle/again; }
                    location /secret { internal; return 200 secret; }
                    location /rw/last/ { rewrite ^/rw/last/(.*)$ /say/$1?r=$1 last; return 500; }
                    location /rw/break/ { rewrite ^/rw/break/(.*)$ /root/$1 break; proxy_pass http://app; }
                    location /rw/none/ { rewrite ^/rw/none/(.*)$ /rw/second/$1; rewrite ^/rw/second/(.*)$ /say/two/$1; }
                    location /rw/drop/ { rewrite ^ /say/dropped? last; }
                    location /rw/redirect/ { rewrite ^/rw/redirect/(.*)$ /there/$1 redirect; }
                    location /rw/permanent/ { rewrite ^/rw/permanent/(.*)$ /there/$1?p=1 permanent; }
                    location /rw/url/ { rewrite ^/rw/url/(.*)$ http://elsewhere.example/$1; }
                    location /rw/cycle/ { rewrite ^(.*)$ $1; }
                    location /rw/stop/ { set $v one; break; set $v two; return 200 "never"; }
                    location /rw/secret { rewrite ^ /secret last; }
                    location /pr/default/ { proxy_pass http://app/; }
                    location /pr/plain/ { proxy_pass http://app; }
                    location /pr/off/ { proxy_redirect off; proxy_pass http://app/; }
                    location /pr/own/ { proxy_redirect http://app/ /mine/; proxy_redirect ~^http://[^/]+/re(.*)$ https://$host/regex$1; proxy_pass http://app/; }
                    location /ph/ { proxy_hide_header X-How; proxy_pass_header X-Pad; proxy_pass http://app/; }
                    location /intercept/ { proxy_intercept_errors on; error_page 500 403 /say/intercepted; proxy_pass http://app/; }
                    location /tokens { server_tokens off; return 404; }
                    if ($arg_server_if = yes) { return 200 "server if"; }
                    if ($request_method = PURGE) { return 405; }
                    location /if/var/ { if ($arg_x) { return 200 "x is $arg_x"; } return 200 "no x"; }
                    location /if/eq/ { default_type text/plain; if ($arg_x = a) { set $r same; } if ($arg_x != a) { set $r other; } return 200 $r; }
                    location /if/re/ { if ($uri ~ ^/if/re/(..)(.*)$) { return 200 "$1-$2"; } return 404; }
                    location /if/re-i/ { if ($http_user_agent ~* ^T$) { return 200 "insensitive"; } }
                    location /if/not/ { if ($http_user_agent !~ chrome) { return 200 "no chrome"; } }
                    location /if/file/ { if (-f %2$s/file.txt) { return 200 "file"; } }
                    location /if/nofile/ { if (!-e %2$s/none) { return 200 "no file"; } }
                    location /if/dir/ { if ( -d %2$s/dir ) { return 200 "dir"; } }
                    location /if/proxy/ { if ($arg_x) { add_header X-In-If "$arg_x"; } proxy_pass http://app/deeper/; }
                    location /if/two/ { add_header X-Out out; if ($arg_a) { add_header X-A a; } if ($arg_b) { add_header X-B b; } proxy_pass http://app/; }
                    location /if/own-proxy/ { if ($arg_x) { proxy_pass http://app; } return 404; }
                    location /if/pass/ { if ($arg_x) { proxy_pass http://app; } }
                    location /if/rewrite/ { if ($arg_x) { rewrite ^/if/rewrite/(.*)$ /say/rewritten/$1 last; } return 410; }
                    location /if/break/ { if ($arg_x) { break; } return 410; }
                    location /ri/default { set_real_ip_from 127.0.0.1; return 200 "$remote_addr|$remote_port"; }
                    location /ri/ { set_real_ip_from 127.0.0.0/8; set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;
                        proxy_set_header X-Seen "$remote_addr|$realip_remote_addr|$proxy_add_x_forwarded_for"; proxy_pass http://app/;
                        location /ri/recursive { real_ip_recursive on; proxy_pass http://app/; proxy_set_header X-Seen "$remote_addr|$remote_port"; }
                        location /ri/allow { allow 6.6.6.6; deny all; proxy_pass http://app/; }
                        location /ri/untrusted { set_real_ip_from 10.0.0.1; proxy_pass http://app/; proxy_set_header X-Seen "$remote_addr"; } }
                    location /ex/day { expires 1d; return 200 x; }
                    location /ex/past { expires -1; return 200 x; }
                    location /ex/zero { expires 0; return 200 x; }
                    location /ex/epoch { expires epoch; return 200 x; }
                    location /ex/max { expires max; add_header Cache-Control public; return 200 x; }
                    location /ex/off { expires 1h; location /ex/off/off { expires off; proxy_pass http://app/; } }
                    location /ex/error { expires 1h; return 404; }
                    location /ex/var { expires $arg_e; return 200 x; }
                    location /ex/app/ { expires 2h; proxy_pass http://app/; }
                    location /gz/ { gzip on; gzip_types text/plain text/x-odd; gzip_vary on; proxy_pass http://app/; }
                    location /gz/html/ { proxy_pass http://app/; }
                    location /gz/own { return 200 "0123456789012345678901234567890123456789"; default_type text/plain; }
                    location /gz/short { return 200 "short"; default_type text/plain; }
                    location /gz/min { gzip_min_length 100; return 200 "0123456789012345678901234567890123456789"; default_type text/plain; }
                    location /gz/none/ { gzip off; proxy_pass http://app/; }
                    location /gz/all/ { gzip_types *; gzip_vary off; gzip_proxied any; gzip_http_version 1.0; proxy_pass http://app/; }
                    location /gz/proxied/ { gzip_proxied no-cache no_etag; proxy_pass http://app/; }
                    location /gz/disable/ { gzip_disable "msie6" "curl/7"; proxy_pass http://app/; }
                    location /gz/file { alias %2$s/long.txt; types { } default_type text/x-odd; }
                    location /rd/relative { absolute_redirect off; return 301 /there; }
                    location /rd/noport { port_in_redirect off; return 301 /there; }
                    location /rd/own { server_name_in_redirect on; return 301 /there; }
                    rewrite ^/srv/(.*)$ /say/server/$1;
                }
                """.formatted(upstream.address(), directory.resolve("nginx/html"));
        hopyard = ProxyUnderTest.withHttp(directory.resolve("hopyard"), http.formatted("listen 127.0.0.1:0;"));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nginxPort = free.getLocalPort();
        }
        Path conf = Files.writeString(
                directory.resolve("nginx/nginx.conf"),
                "user root; pid nginx.pid; error_log stderr; events {} http { access_log off; "
                        + "client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; "
                        + "scgi_temp_path s; " + http.formatted("listen 127.0.0.1:" + nginxPort + ";") + " }");
        nginx = Nginx.start(directory.resolve("nginx"), conf);
        Nginx.awaitPort(nginxPort);
    }

    @AfterEach
    void stop() throws Exception {
        if (hopyard != null) {
            hopyard.close();
        }
        if (upstream != null) {
            upstream.close();
        }
        if (nginx != null) {
            List<ProcessHandle> workers = nginx.descendants().toList();
            nginx.destroy();
            nginx.waitFor(5, TimeUnit.SECONDS);
            workers.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** What the upstream does is what the last part of the path says. */
    private void behave(RawUpstream.Connection c) throws Exception {
        String head = c.readHead();
        asked.add(head);
        String target = head.substring(head.indexOf(' ') + 1, head.indexOf(" HTTP/"));
        String word = target.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
        switch (word) {
            case "reset" -> c.reset();
            case "close" -> {}
            case "silent" -> c.read();
            case "nul" -> c.send("HTTP/1.1 200 OK\r\nX-Bad: \0\r\n\r\n");
            case "truncated" -> c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
            case "early" -> c.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
            case "nocontent" -> c.send("HTTP/1.1 204 No Content\r\n\r\n");
            case "notmodified" -> c.send("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n");
            case "odd" ->
                c.send("HTTP/1.1 299 Oddly Fine\r\nX-Accel-Buffering: no\r\nServer: s\r\nContent-Length: 1\r\n\r\nx");
            case "cookies" ->
                c.send("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n");
            case "until-close" -> c.send("HTTP/1.0 200 OK\r\nX-How: close\r\n\r\nto the end");
            case "cached" ->
                c.send(
                        "HTTP/1.1 200 OK\r\nCache-Control: private\r\nCache-Control: no-cache\r\nContent-Length: 0\r\n\r\n");
            case "long" ->
                c.send(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nETag: \"e\"\r\nContent-Length: 60000\r\n\r\n"
                                + "0123456789".repeat(6000));
            case "long-html" ->
                c.send("HTTP/1.1 200 OK\r\nContent-Type: TEXT/html\r\nCache-Control: no-cache\r\n\r\n"
                        + "<p>".repeat(3000));
            case "long-png" ->
                c.send("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 60\r\n\r\n" + "x".repeat(60));
            case "coded" ->
                c.send(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: br\r\nContent-Length: 60\r\n\r\n"
                                + "x".repeat(60));
            case "long-error" ->
                c.send("HTTP/1.1 500 Mine\r\nContent-Type: text/plain\r\nContent-Length: 60\r\n\r\n" + "x".repeat(60));
            case "moved" -> c.send("HTTP/1.1 302 Found\r\nLocation: http://app/to?x=1\r\nContent-Length: 0\r\n\r\n");
            case "moved-elsewhere" ->
                c.send("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/re/x\r\nContent-Length: 0\r\n\r\n");
            case "moved-path" -> c.send("HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n");
            case "padded" -> c.send("HTTP/1.1 200 OK\r\nX-Pad: p\r\nX-How: h\r\nContent-Length: 0\r\n\r\n");
            case "error" -> c.send("HTTP/1.1 500 Mine\r\nContent-Length: 4\r\n\r\nmine");
            default -> c.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok");
        }
    }

    private record Seen(String status, TreeSet<String> headers, String body, List<String> upstreamHead) {}

    private Seen ask(int port, String request) throws IOException {
        asked.clear();
        String response = RawClient.exchange(port, request);
        if (response.isEmpty() || response.equals("[reset]")) {
            return new Seen("closed", new TreeSet<>(), "", List.of());
        }
        String head = response.substring(0, response.indexOf("\r\n\r\n"));
        String body = response.substring(head.length() + 4)
                .replaceAll("nginx/[0-9.]+( \\(\\w+\\))?|hopyard/[0-9.]+", "SERVER");
        TreeSet<String> headers = new TreeSet<>();
        boolean ownPage = body.contains("SERVER");
        for (String line : head.split("\r\n")) {
            // the length of a server's own page depends on the length of its name
            if (COMPARED.matcher(line).matches() && !(ownPage && line.startsWith("Content-Length"))) {
                headers.add(line.replace(":" + port, ":PORT"));
            }
        }
        List<String> sent = new ArrayList<>();
        for (String line : (asked.isEmpty() ? "" : asked.get(asked.size() - 1)).split("\r\n")) {
            // a port of five digits at the end is the test client's own, another one each time
            sent.add(line.replace(":" + port, ":PORT").replaceFirst("\\|[0-9]{5}$", "|EPHEMERAL"));
        }
        sent.sort(null);
        return new Seen(head.substring(0, head.indexOf("\r\n")), headers, body, sent);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /file.txt HTTP/1.0",
                "GET /plain HTTP/1.0",
                "GET / HTTP/1.1",
                "GET /plain?x=1&m=abc HTTP/1.1",
                "GET /a%20b/%2e%2e/c%2Fd?q=%20 HTTP/1.1",
                "GET //double//slash HTTP/1.1",
                "GET /semi;colon=1/x HTTP/1.1",
                "GET /caf%C3%A9 HTTP/1.1",
                "GET /root/x?y HTTP/1.1",
                "GET /root/a%20b%3Fc HTTP/1.1",
                "GET /root HTTP/1.1",
                "GET /root?q=1 HTTP/1.1",
                "GET /deep/x HTTP/1.1",
                "GET /deep/x/../y HTTP/1.1",
                "GET /exact HTTP/1.1",
                "GET /re/one/two HTTP/1.1",
                "GET /old/x HTTP/1.1",
                "GET /say/a%20b?m=b HTTP/1.1",
                "GET /go HTTP/1.1",
                "GET /away?z HTTP/1.1",
                "GET /gone HTTP/1.1",
                "GET /nothing HTTP/1.1",
                "GET /teapot HTTP/1.1",
                "GET /file.txt HTTP/1.1",
                "HEAD /file.txt HTTP/1.1",
                "GET /files/file.txt HTTP/1.1",
                "GET /files/none.txt HTTP/1.1",
                "GET /dir HTTP/1.1",
                "GET /dir/ HTTP/1.1",
                "GET /dir/none HTTP/1.1",
                "POST /file.txt HTTP/1.1",
                "GET /reset HTTP/1.1",
                "GET /close HTTP/1.1",
                "GET /silent HTTP/1.1",
                "GET /nul HTTP/1.1",
                "GET /truncated HTTP/1.1",
                "GET /early HTTP/1.1",
                "GET /nocontent HTTP/1.1",
                "GET /notmodified HTTP/1.1",
                "GET /odd HTTP/1.1",
                "GET /cookies HTTP/1.1",
                "GET /until-close HTTP/1.0",
                "GET /error HTTP/1.1",
                "HEAD /plain HTTP/1.1",
                "DELETE /plain HTTP/1.1",
                "OPTIONS /plain HTTP/1.1",
                "PROPFIND /plain HTTP/1.1",
                "TRACE /plain HTTP/1.1",
                "GET /../up HTTP/1.1",
                "GET /%00 HTTP/1.1",
                "GET http://Test.Example:81/abs?q HTTP/1.1",
                "GET /ep/none HTTP/1.1",
                "HEAD /ep/none HTTP/1.1",
                "POST /ep/none HTTP/1.1",
                "GET /ep/app/close HTTP/1.1",
                "GET /ep/app/silent?x HTTP/1.1",
                "GET /ep/app/early HTTP/1.1",
                "GET /ep/teapot HTTP/1.1",
                "GET /ep/gone HTTP/1.1",
                "GET /ep/conflict HTTP/1.1",
                "GET /ep/acceptable HTTP/1.1",
                "POST /ep/ HTTP/1.1",
                "GET /ep/own/none HTTP/1.1",
                "GET /files-err/none HTTP/1.1",
                "GET /pages/err HTTP/1.1",
                "GET /try/none HTTP/1.1",
                "GET /try/../file.txt HTTP/1.1",
                "GET /try-root HTTP/1.1",
                "GET /try-root?x HTTP/1.1",
                "GET /try-named/close HTTP/1.1",
                "GET /try-named/plain?x=1 HTTP/1.1",
                "GET /try-nobody/x HTTP/1.1",
                "GET /try-code/x HTTP/1.1",
                "GET /try-args/x?mine=1 HTTP/1.1",
                "GET /try-cycle/x HTTP/1.1",
                "GET /secret HTTP/1.1",
                "GET /rw/last/a?b=c HTTP/1.1",
                "GET /rw/last/a%20b%26?b=c HTTP/1.1",
                "GET /rw/break/x%20y?q HTTP/1.1",
                "GET /rw/none/x?q=1 HTTP/1.1",
                "GET /rw/drop/x?q=1 HTTP/1.1",
                "GET /rw/redirect/x?q=1 HTTP/1.1",
                "GET /rw/redirect/x%20y%0d%0aX-Injected:1 HTTP/1.1",
                "GET /rw/permanent/x?q=1 HTTP/1.1",
                "GET /rw/url/x HTTP/1.1",
                "GET /rw/cycle/x HTTP/1.1",
                "GET /rw/stop/x HTTP/1.1",
                "GET /rw/secret HTTP/1.1",
                "GET /srv/x?y HTTP/1.1",
                "GET /plain?server_if=yes HTTP/1.1",
                "PURGE /plain HTTP/1.1",
                "GET /if/var/?x=1 HTTP/1.1",
                "GET /if/var/?x=0 HTTP/1.1",
                "GET /if/var/ HTTP/1.1",
                "GET /if/eq/?x=a HTTP/1.1",
                "GET /if/eq/?x=b HTTP/1.1",
                "GET /if/re/abcd HTTP/1.1",
                "GET /if/re/a HTTP/1.1",
                "GET /if/re-i/ HTTP/1.1",
                "GET /if/not/ HTTP/1.1",
                "GET /if/file/ HTTP/1.1",
                "GET /if/nofile/ HTTP/1.1",
                "GET /if/dir/ HTTP/1.1",
                "GET /if/proxy/here?x=1 HTTP/1.1",
                "GET /if/proxy/here HTTP/1.1",
                "GET /if/two/?a=1&b=1 HTTP/1.1",
                "GET /if/two/?a=1 HTTP/1.1",
                "GET /if/two/ HTTP/1.1",
                "GET /if/own-proxy/?x=1 HTTP/1.1",
                "GET /if/pass/x?x=1 HTTP/1.1",
                "GET /if/rewrite/a?x=1 HTTP/1.1",
                "GET /if/rewrite/a HTTP/1.1",
                "GET /if/break/?x=1 HTTP/1.1",
                "GET /ex/day HTTP/1.1",
                "GET /ex/past HTTP/1.1",
                "GET /ex/zero HTTP/1.1",
                "GET /ex/epoch HTTP/1.1",
                "GET /ex/max HTTP/1.1",
                "GET /ex/off/off/plain HTTP/1.1",
                "GET /ex/error HTTP/1.1",
                "GET /ex/var?e=3h HTTP/1.1",
                "GET /ex/var?e=junk HTTP/1.1",
                "GET /ex/var HTTP/1.1",
                "GET /ex/app/cached HTTP/1.1",
                "GET /rd/relative HTTP/1.1",
                "GET /rd/noport HTTP/1.1",
                "GET /rd/own HTTP/1.1",
                "GET /pr/default/moved HTTP/1.1",
                "GET /pr/default/moved-path HTTP/1.1",
                "GET /pr/plain/moved HTTP/1.1",
                "GET /pr/off/moved HTTP/1.1",
                "GET /pr/own/moved HTTP/1.1",
                "GET /pr/own/moved-elsewhere HTTP/1.1",
                "GET /ph/padded HTTP/1.1",
                "GET /padded HTTP/1.1",
                "GET /intercept/error HTTP/1.1",
                "GET /intercept/early HTTP/1.1",
                "GET /intercept/plain HTTP/1.1",
            })
    void answersAndAsksTheSame(String requestLine) throws IOException {
        String request = requestLine + "\r\nHost: Test.Example:81\r\nConnection: close\r\nX-In: in\r\n"
                + "Cookie: c=v\r\nUser-Agent: t\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n";
        assertEquals(ask(nginxPort, request), ask(hopyard.port(), request));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Accept-Encoding: gzip",
                "Accept-Encoding: deflate, GZIP;q=0.5, br",
                "Accept-Encoding: gzip;q=0",
                "Accept-Encoding: gzip;q=0.0, identity",
                "Accept-Encoding: xgzip",
                "Accept-Encoding: gzip\r\nVia: 1.1 other",
                "Accept-Encoding: gzip\r\nUser-Agent: curl/7.88",
                "Accept-Encoding: gzip\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 6.0; x)",
                "Accept: */*",
            })
    void compressesTheSame(String headers) throws Exception {
        for (String path : List.of(
                "/gz/long",
                "/gz/html/long-html",
                "/gz/own",
                "/gz/short",
                "/gz/min",
                "/gz/none/long",
                "/gz/all/long-png",
                "/gz/proxied/long-html",
                "/gz/proxied/long",
                "/gz/disable/long",
                "/gz/file",
                "/gz/coded",
                "/gz/long-error",
                "/gz/nosuch",
                "/long",
                "/until-close")) {
            for (String line : List.of("GET %s HTTP/1.1", "GET %s HTTP/1.0", "HEAD %s HTTP/1.1")) {
                String request = line.formatted(path) + "\r\nHost: t\r\nConnection: close\r\n" + headers + "\r\n\r\n";
                assertEquals(
                        Compressed.of(RawClient.exchange(nginxPort, request)),
                        Compressed.of(RawClient.exchange(hopyard.port(), request)),
                        request);
            }
        }
    }

    /** A response whose content has been taken out of its chunks and uncompressed. */
    private record Compressed(String status, TreeSet<String> headers, String body) {

        private static final Pattern SHOWN =
                Pattern.compile("(?i)(content-(type|length|encoding)|vary|etag|accept-ranges|transfer-encoding): .*");

        static Compressed of(String response) throws IOException {
            int end = response.indexOf("\r\n\r\n");
            TreeSet<String> headers = new TreeSet<>();
            for (String line : response.substring(0, end).split("\r\n")) {
                if (SHOWN.matcher(line).matches()) {
                    headers.add(line);
                }
            }
            byte[] content = response.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
            if (headers.contains("Transfer-Encoding: chunked")) {
                content = unchunk(content);
            }
            if (headers.contains("Content-Encoding: gzip") && content.length > 0) {
                content = new GZIPInputStream(new ByteArrayInputStream(content)).readAllBytes();
            }
            return new Compressed(
                    response.substring(0, response.indexOf("\r\n")),
                    headers,
                    new String(content, StandardCharsets.ISO_8859_1));
        }

        private static byte[] unchunk(byte[] chunks) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int at = 0;
            while (at < chunks.length) {
                int end = at;
                while (chunks[end] != '\r') {
                    end++;
                }
                int size = Integer.parseInt(new String(chunks, at, end - at, StandardCharsets.US_ASCII), 16);
                out.write(chunks, end + 2, size);
                at = end + 2 + size + 2;
            }
            return out.toByteArray();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "6.6.6.6",
                "6.6.6.6, 7.7.7.7",
                "6.6.6.6, 10.0.0.1",
                "6.6.6.6:1234",
                "6.6.6.6, 10.0.0.1:99, 127.0.0.5",
                "junk",
                "6.6.6.6, junk",
                "junk, 10.0.0.1",
                "300.1.1.1",
                "6.6.6.6\r\nX-Forwarded-For: 10.9.9.9",
                "10.1.1.1,,10.2.2.2 ,",
                "",
            })
    void findsTheSameClient(String forwarded) throws IOException {
        for (String path : List.of("/ri/x", "/ri/recursive", "/ri/allow", "/ri/untrusted")) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\nX-Forwarded-For: "
                    + forwarded + "\r\n\r\n";
            assertEquals(ask(nginxPort, request), ask(hopyard.port(), request), path);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\n\r\nhello",
                "Content-Length: 0\r\n\r\n",
                "Content-Length: 9\r\n\r\n123456789",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
            })
    void takesTheSameBodies(String rest) throws IOException {
        for (String path : List.of("/plain", "/early", "/close")) {
            String request = "POST " + path + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + rest;
            assertEquals(ask(nginxPort, request), ask(hopyard.port(), request), path);
        }
    }
}
