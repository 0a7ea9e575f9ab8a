package hopyard.truth;

import static hopyard.truth.TruthTable.APP_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_TOTAL;

/** What the configuration's rules and the proxy itself decide. */
final class RuleRows {

    private final TruthTable table;

    RuleRows(TruthTable table) {
        this.table = table;
    }

    void rules() {
        table.row("limit req")
                .conf("limit_req zone=slow; proxy_pass http://APP;")
                .before(1)
                .is(503, "rejected", "proxy", "limit_req")
                .says("limit_req")
                .logs("limiting requests")
                .tries(0);
        table.row("limit req delays")
                .conf("limit_req zone=fast burst=5; proxy_pass http://APP;")
                .before(1)
                .took("queue", CLIENT_TOTAL);
        table.row("client leaves while it is delayed")
                .conf("limit_req zone=fast burst=5; proxy_pass http://APP;")
                .before(1)
                .client(BodyRows::leave)
                .is(499, "client_left", "nobody", "client_left")
                .logs("client prematurely closed connection")
                .tries(0)
                .took("queue", CLIENT_PAUSE);
        table.row("client leaves while its name and password are looked at elsewhere")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(600);
                    a.ok("hello");
                })
                .client(BodyRows::leave)
                .is(499, "client_left", "nobody", "client_left")
                .tries(0)
                .took("auth", CLIENT_PAUSE);
        table.row("limit conn")
                .conf("limit_conn conn 1; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(500);
                    a.ok("hello");
                })
                .client(c -> {
                    try (TruthClient other = c.another()) {
                        other.get();
                        Thread.sleep(200);
                        c.get();
                        c.readAll();
                        other.readAll();
                    }
                })
                .is(503, "rejected", "proxy", "limit_conn")
                .tries(0)
                .logs("limiting connections by zone");
        table.row("deny")
                .conf("deny all;")
                .is(403, "rejected", "proxy", "denied")
                .says("a deny rule")
                .logs("access forbidden by rule");
        table.row("deny, with a page for it")
                .conf("deny all; error_page 403 /page.txt;")
                .is(403, "rejected", "proxy", "denied");
        table.row("auth basic")
                .conf("auth_basic here; auth_basic_user_file DIR/users; proxy_pass http://APP;")
                .is(401, "rejected", "proxy", "auth");
        table.row("auth request says no")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
                })
                .is(401, "rejected", "proxy", "auth")
                .says(" said 401: this request may not go on")
                .tries(0)
                .took("auth", APP_PAUSE);
        table.row("auth request says 403")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> a.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"))
                .is(403, "rejected", "proxy", "denied")
                .says("the server that auth_request asks, at 127.0.0.1:")
                .tries(0);
        table.row("auth request says 404")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> a.send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
                .is(500, "failed", "proxy", "auth_failed")
                .says(" said 404, which is neither a yes (2xx) nor a no (401, 403)")
                .logs("auth request unexpected status: 404")
                .tries(0);
        table.row("auth request resets")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.reset();
                })
                .is(500, "failed", "proxy", "auth_failed")
                .says("neither a yes nor a no: the server at 127.0.0.1:")
                .tries(0)
                .took("auth", APP_PAUSE);
        table.row("auth request is answered here").conf("auth_request /page.txt; proxy_pass http://APP;");
        table.row("auth request is refused here")
                .conf("auth_request /forbidden; proxy_pass http://APP;")
                .is(403, "rejected", "proxy", "denied")
                .says("the location that auth_request asks, /forbidden, said 403: this request may not go on")
                .tries(0);
        table.row("auth request says yes")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(a.isFirst() ? 300 : 200);
                    a.ok("hello");
                })
                .took("auth", t -> t.app().pausedMillis() * 3 / 5)
                .took("wait", t -> t.app().pausedMillis() * 2 / 5);
        table.row("413")
                .conf("client_max_body_size 10; proxy_pass http://APP;")
                .client(c -> {
                    c.send(c.request("POST", "Content-Length: 20\r\n") + "0123456789".repeat(2));
                    c.readAll();
                })
                .is(413, "rejected", "proxy", "too_large")
                .logs("client intended to send too large body: 20 bytes");
        table.row("413 found in chunks")
                .conf("client_max_body_size 10; proxy_pass http://APP;")
                .client(c -> {
                    c.send(c.request("POST", "Transfer-Encoding: chunked\r\n") + "14\r\n" + "0123456789".repeat(2)
                            + "\r\n0\r\n\r\n");
                    c.readAll();
                })
                .is(413, "rejected", "proxy", "too_large");
        table.row("too long a header line")
                .client(c -> {
                    c.send("GET " + c.path() + " HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
                    c.send("x".repeat(9000));
                    c.send("\r\n\r\n");
                    c.readAll();
                })
                .is(431, "rejected", "proxy", "bad_request")
                .logs("client sent too long header line");
        table.row("connect to this proxy")
                .client(c -> {
                    c.send("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    c.readAll();
                })
                .is(405, "rejected", "proxy", "not_allowed");
        table.row("400")
                .client(c -> {
                    c.send("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    c.readAll();
                })
                .is(400, "rejected", "proxy", "bad_request");
        table.row("405")
                .client(c -> {
                    c.send(c.request("TRACE", ""));
                    c.readAll();
                })
                .is(405, "rejected", "proxy", "not_allowed");
    }

    void ownResponses() {
        table.row("return 200")
                .conf("return 200 hello;")
                .is(200, "ok", "proxy", "return")
                .tries(0);
        table.row("return 503").conf("return 503;").is(503, "ok", "proxy", "return");
        table.row("return 444")
                .conf("return 444;")
                .is(444, "closed", "nobody", "closed")
                .says("444");
        table.row("redirect").conf("rewrite ^ /elsewhere redirect;").is(302, "ok", "proxy", "redirect");
        table.row("static file")
                .conf("alias DIR/page.txt;")
                .is(200, "ok", "proxy", "static")
                .tries(0);
        table.row("large file, slow client")
                .conf("alias DIR/large.bin;")
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(500);
                    c.readAll();
                })
                .is(200, "ok", "proxy", "static")
                .took("write", CLIENT_PAUSE);
        table.row("large file, client leaves")
                .conf("alias DIR/large.bin;")
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(400);
                    c.resetAndGo();
                })
                .is(200, "client_left", "proxy", "static")
                .says("the client left")
                .took("write", CLIENT_PAUSE);
        table.row("part of a file that is not there")
                .conf("alias DIR/page.txt;")
                .client(c -> {
                    c.send(c.request("GET", "Range: bytes=100-\r\n"));
                    c.readAll();
                })
                .is(416, "ok", "proxy", "static")
                .says("is not in it");
        table.row("head of a file")
                .conf("alias DIR/page.txt;")
                .client(c -> {
                    c.send(c.request("HEAD", ""));
                    c.readAll();
                })
                .is(200, "ok", "proxy", "static")
                .says("the header of a file");
        table.row("rewriting in a circle")
                .conf("rewrite ^(.*)$ $1;")
                .is(500, "failed", "proxy", "internal_error")
                .logs("rewrite or internal redirection cycle");
        table.row("mirror is dead")
                .conf("mirror /dead; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .logs(", subrequest: \"/dead\" (mirror), upstream: \"http://127.0.0.1:")
                .took("wait", APP_PAUSE);
        table.row("404").conf("root DIR;").is(404, "ok", "proxy", "not_found").logs("(2: No such file or directory)");
        table.row("stub status").conf("stub_status;").is(200, "ok", "proxy", "status_page");
        table.row("intercepted")
                .conf("proxy_intercept_errors on; error_page 500 /page.txt; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
                })
                .is(500, "ok", "proxy", "intercepted")
                .took("wait", APP_PAUSE);
        table.row("intercepted, and the page is of an app that is not there")
                .conf("proxy_intercept_errors on; error_page 404 = /refused; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 404 Not here\r\nContent-Length: 0\r\n\r\n");
                })
                .is(502, "failed", "proxy", "refused")
                .says("answered 404")
                .logs("connect() failed (111: Connection refused) while connecting to upstream")
                .tries(2)
                .took("retry", APP_PAUSE);
        table.row("closed, and the page is of an app that is not there")
                .conf("error_page 502 = /refused; proxy_pass http://APP;")
                .app(a -> a.pause(300))
                .is(502, "failed", "proxy", "refused")
                .says("closed the connection without an answer")
                .tries(2)
                .firstTry("closed_early")
                .took("retry", APP_PAUSE);
        table.row("refused, and an app's page for it keeps the status")
                .conf("error_page 502 @fallback; proxy_pass http://CLOSED;")
                .is(502, "ok", "app", null)
                .says("answered 200, and what the client got for it is a 502; asked before: nothing accepts at")
                .tries(2)
                .firstTry("refused");
        table.row("x accel redirect to an app that is not there")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /refused\r\nContent-Length: 0\r\n\r\n");
                })
                .is(502, "failed", "proxy", "refused")
                .says("answered 200 and left the answer to this proxy (X-Accel-Redirect)")
                .tries(2)
                .took("retry", APP_PAUSE);
        table.row("x accel redirect to nothing")
                .app(a -> a.send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /forbidden\r\nContent-Length: 0\r\n\r\n"))
                .is(403, "ok", "proxy", "return")
                .says("answered 200 and left the answer to this proxy (X-Accel-Redirect)");
        table.row("x accel redirect")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /page.txt\r\nContent-Length: 0\r\n\r\n");
                })
                .is(200, "ok", "proxy", "accel_redirect")
                .took("wait", APP_PAUSE);
    }
}
