package hopyard.truth;

import hopyard.truth.TruthRow.Truth;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What an exchange can come to. In the lines of configuration, {@code APP} and {@code OTHER} stand for two apps' addresses,
 * {@code CLOSED} for one where nobody listens, {@code DEAF} for one where nobody answers, {@code SILENT} for one
 * that takes connections and no more, {@code DNS} for a name server
 * that knows nothing, {@code PATH} for the row's own path.
 */
public final class TruthTable {

    /** More than the kernel takes for a client that does not read. */
    static final int LARGE = 14 << 20;

    private static final ToDoubleFunction<Truth> APP_PAUSE = t -> t.app().pausedMillis();
    private static final ToDoubleFunction<Truth> APP_UNTIL_END = t -> t.app().untilEndMillis();
    private static final ToDoubleFunction<Truth> CLIENT_PAUSE = t -> t.client().pausedMillis();
    private static final ToDoubleFunction<Truth> CLIENT_TOTAL = t -> t.client().totalMillis();

    private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234";
    private static final String CHUNK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n";

    private final List<TruthRow> rows = new ArrayList<>();

    private TruthTable() {}

    public static List<TruthRow> rows() {
        TruthTable table = new TruthTable();
        for (String buffering : List.of("on", "off")) {
            table.bodies(buffering);
            table.slowClients(buffering);
            table.uploads(buffering);
        }
        table.earlyAnswers();
        table.beforeTheHead();
        table.nextUpstream();
        table.clients();
        table.rules();
        table.ownResponses();
        table.cache();
        table.tunnels();
        return table.rows;
    }

    private TruthRow row(String name) {
        TruthRow row = new TruthRow(name);
        rows.add(row);
        return row;
    }

    private void bodies(String on) {
        String conf = "proxy_buffering " + on + "; proxy_pass http://APP;";
        row("app answers at once, buffering " + on).conf(conf);
        row("app thinks, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.pause(400);
                    a.ok("hello");
                })
                .took("wait", APP_PAUSE);
        row("app stops in its content, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(HALF);
                    a.pause(400);
                    a.send("56789");
                })
                .took("read", APP_PAUSE);
        row("app stops between chunks, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(CHUNK);
                    a.pause(200);
                    a.send("1\r\nx\r\n");
                    a.pause(200);
                    a.send("0\r\n\r\n");
                })
                .took("read", APP_PAUSE);
        row("app thinks and stops, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.pause(300);
                    a.send(HALF);
                    a.pause(300);
                    a.send("56789");
                })
                .took("wait", t -> t.app().pausedMillis() / 2)
                .took("read", t -> t.app().pausedMillis() / 2);
        row("app ends its content by closing, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send("HTTP/1.0 200 OK\r\n\r\n01234");
                    a.pause(300);
                })
                .took("read", APP_PAUSE);
        row("read timeout in the content, buffering " + on)
                .conf("proxy_read_timeout 400ms; " + conf)
                .app(a -> {
                    a.send(HALF);
                    a.awaitEnd();
                })
                .is(200, "cut", "app", "read_timeout")
                .says("5 of 10 bytes")
                .logs("upstream timed out (110: Connection timed out) while reading upstream")
                .firstTry("read_timeout")
                .took("read", APP_UNTIL_END);
        row("closed before all of the length, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(HALF);
                    a.pause(300);
                })
                .is(200, "cut", "app", "closed_early")
                .says("5 of 10 bytes")
                .logs("upstream prematurely closed connection while reading upstream")
                .firstTry("closed_early")
                .took("read", APP_PAUSE);
        row("closed before the last chunk, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(CHUNK);
                    a.pause(300);
                })
                .is(200, "cut", "app", "closed_early")
                .logs("upstream prematurely closed connection")
                .firstTry("closed_early")
                .took("read", APP_PAUSE);
        row("reset in the content, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(HALF);
                    a.pause(300);
                    a.reset();
                })
                .is(200, "cut", "app", "reset")
                .logs("recv() failed (104: Connection reset by peer)")
                .firstTry("reset")
                .took("read", APP_PAUSE);
        row("garbage between chunks, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(CHUNK);
                    a.pause(300);
                    a.send("no chunk\r\n");
                })
                .is(200, "cut", "app", "garbage")
                .logs("upstream sent invalid chunked response")
                .firstTry("garbage")
                .took("read", APP_PAUSE);
        row("client leaves while the app stops, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
                    a.awaitEnd();
                })
                .client(c -> {
                    c.get();
                    c.pause(300);
                    c.go();
                })
                .is(200, "client_left", "app", "client_left")
                .firstTry("client_left")
                .took("read", CLIENT_PAUSE);
    }

    private static void large(TruthApp.Served app, long pause) throws IOException, InterruptedException {
        app.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
        app.send("x".repeat(LARGE - 10));
        app.pause(pause);
        app.send("x".repeat(10));
    }

    private void slowClients(String on) {
        String conf = "proxy_buffering " + on + "; proxy_pass http://APP;";
        row("large, slow client, buffering " + on)
                .conf(conf)
                .app(a -> large(a, 0))
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(500);
                    c.readAll();
                })
                .took("write", CLIENT_PAUSE);
        row("large, client takes a bit now and then, buffering " + on)
                .conf(conf)
                .app(a -> large(a, 0))
                .client(c -> {
                    c.get();
                    c.readHead();
                    for (int i = 0; i < 10; i++) {
                        c.pause(80);
                        c.read(600_000);
                    }
                    c.readAll();
                })
                .took("write", CLIENT_PAUSE);
        // buffered, the app has sent nearly all of it while the client reads nothing, and its pause goes on behind the
        // client's
        row("large, slow client and the app stops, buffering " + on)
                .conf(conf)
                .app(a -> large(a, 900))
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(400);
                    c.readAll();
                })
                .took("write", CLIENT_PAUSE)
                .took(
                        "read",
                        on.equals("off")
                                ? APP_PAUSE
                                : t -> t.client().totalMillis() - t.client().pausedMillis());
        row("large, client leaves in the content, buffering " + on)
                .conf(conf)
                .app(a -> large(a, 0))
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(400);
                    c.resetAndGo();
                })
                .is(200, "client_left", "app", "client_left")
                .took("write", CLIENT_PAUSE);
        row("large, client takes nothing, buffering " + on)
                .conf("send_timeout 500ms; " + conf)
                .app(a -> large(a, 0))
                .client(c -> {
                    c.get();
                    c.pause(1200);
                    c.readAll();
                })
                .is(200, "client_left", "app", "client_timeout")
                .logs("client timed out (110: Connection timed out)")
                .withoutTotal()
                .took("write", t -> 500);
    }

    private void uploads(String on) {
        String conf = "proxy_request_buffering " + on + "; proxy_http_version 1.1; proxy_pass http://APP;";
        String length = "Content-Length: 10\r\n";
        row("client is slow to upload, request buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.read(10);
                    a.ok("hello");
                })
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.pause(400);
                    c.send("56789");
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE);
        row("client is slow to upload chunks, request buffering " + on)
                .conf(conf)
                .app(a -> {
                    // of what has been stored, the length is known
                    a.read(on.equals("on") ? 2 : "1\r\nx\r\n1\r\ny\r\n0\r\n\r\n".length());
                    a.ok("hello");
                })
                .client(c -> {
                    c.send(c.request("POST", "Transfer-Encoding: chunked\r\n") + "1\r\nx\r\n");
                    c.pause(400);
                    c.send("1\r\ny\r\n0\r\n\r\n");
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE);
        row("client is slow to upload and the app thinks, request buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.read(10);
                    a.pause(300);
                    a.ok("hello");
                })
                .client(c -> {
                    c.send(c.request("POST", length));
                    c.pause(400);
                    c.send("0123456789");
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE)
                .took("wait", APP_PAUSE);
        row("client waits for 100, request buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.read(10);
                    a.ok("hello");
                })
                .client(c -> {
                    c.send(c.request("POST", "Expect: 100-continue\r\n" + length));
                    c.skipHead();
                    c.pause(300);
                    c.send("0123456789");
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE);
        row("client leaves in its upload, request buffering " + on)
                .conf(conf)
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.pause(400);
                    c.go();
                })
                .is(400, "client_left", "nobody", "client_left")
                .logs("client prematurely closed connection")
                .firstTry(on.equals("on") ? null : "client_left")
                .took("receive", CLIENT_PAUSE);
        row("client resets in its upload, request buffering " + on)
                .conf(conf)
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.pause(400);
                    c.resetAndGo();
                })
                .is(400, "client_left", "nobody", "client_left")
                .logs("recv() failed (104: Connection reset by peer)")
                .firstTry(on.equals("on") ? null : "client_left")
                .took("receive", CLIENT_PAUSE);
        row("client leaves in its chunks, request buffering " + on)
                .conf(conf)
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.send(c.request("POST", "Transfer-Encoding: chunked\r\n") + "1\r\nx\r\n");
                    c.pause(400);
                    c.go();
                })
                .is(400, "client_left", "nobody", "client_left")
                .logs("client prematurely closed connection")
                .firstTry(on.equals("on") ? null : "client_left")
                .took("receive", CLIENT_PAUSE);
        row("client stops in its upload, request buffering " + on)
                .conf("client_body_timeout 400ms; " + conf)
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.readAll();
                })
                .is(408, "rejected", "proxy", "client_timeout")
                .says("client_body_timeout")
                .took("receive", CLIENT_TOTAL);
        row("large upload, the app is slow to read, request buffering " + on)
                .conf("client_max_body_size 0; " + conf)
                .app(a -> {
                    a.pause(500);
                    a.read(LARGE);
                    a.ok("hello");
                })
                .client(c -> {
                    c.send(c.request("POST", "Content-Length: " + LARGE + "\r\n") + "x".repeat(LARGE));
                    c.readAll();
                })
                .took("send", APP_PAUSE);
        row("large upload, the app does not read, request buffering " + on)
                .conf("client_max_body_size 0; proxy_send_timeout 500ms; " + conf)
                .app(a -> a.pause(1200))
                .client(c -> {
                    c.trySend(c.request("POST", "Content-Length: " + LARGE + "\r\n") + "x".repeat(LARGE));
                    c.readAll();
                })
                .is(504, "failed", "proxy", "send_timeout")
                .says("proxy_send_timeout")
                .logs("upstream timed out (110: Connection timed out) while sending request to upstream")
                .firstTry("send_timeout")
                .withoutTotal()
                .took("send", t -> 500);
    }

    private void earlyAnswers() {
        String conf = "proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://APP;";
        String length = "Content-Length: 10\r\n";
        row("app answers before it has all of the request")
                .conf(conf)
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
                })
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.readAll();
                })
                .is(403, "ok", "app", null)
                // both are waited for; who sends a request is to end it
                .took("receive", APP_PAUSE);
        row("app sends back what comes, and the client stops")
                .conf("proxy_buffering off; " + conf)
                .app(a -> {
                    a.read(5);
                    a.send(HALF);
                    a.read(5);
                    a.send("56789");
                })
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.pause(400);
                    c.send("56789");
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE);
        row("no TLS there")
                .conf("proxy_pass https://BANNER;")
                .is(502, "failed", "proxy", "tls_failed")
                .firstTry("tls_failed");
        row("compressed while the app stops")
                .conf("gzip on; gzip_types text/plain; gzip_min_length 1; proxy_pass http://APP;")
                .app(a -> {
                    a.send(HALF.replace("\r\n\r\n", "\r\nContent-Type: text/plain\r\n\r\n"));
                    a.pause(400);
                    a.send("56789");
                })
                .client(c -> {
                    c.send(c.request("GET", "Accept-Encoding: gzip\r\n"));
                    c.readAll();
                })
                .took("read", APP_PAUSE);
    }

    private void beforeTheHead() {
        row("refused")
                .conf("proxy_pass http://CLOSED;")
                .is(502, "failed", "proxy", "refused")
                .says("is the app running?")
                .logs("connect() failed (111: Connection refused) while connecting to upstream")
                .tries(1)
                .firstTry("refused");
        row("refused, with a page for it")
                .conf("proxy_pass http://CLOSED; error_page 502 /page.txt;")
                .is(502, "failed", "proxy", "refused")
                .says("is the app running?");
        row("refused, with another app for it")
                .conf("proxy_pass http://CLOSED; error_page 502 = @fallback;")
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .tries(2)
                .firstTry("refused")
                .took("wait", APP_PAUSE);
        row("connect timeout")
                .conf("proxy_connect_timeout 400ms; proxy_pass http://DEAF;")
                .is(504, "failed", "proxy", "connect_timeout")
                .says("proxy_connect_timeout")
                .logs("upstream timed out (110: Connection timed out) while connecting to upstream")
                .firstTry("connect_timeout")
                .took("connect", CLIENT_TOTAL);
        row("read timeout")
                .conf("proxy_read_timeout 400ms; proxy_pass http://APP;")
                .app(TruthApp.Served::awaitEnd)
                .is(504, "failed", "proxy", "read_timeout")
                .says("proxy_read_timeout")
                .logs("upstream timed out (110: Connection timed out) while reading response header from upstream")
                .firstTry("read_timeout")
                .took("wait", APP_UNTIL_END);
        row("read timeout on a kept connection")
                .conf("proxy_read_timeout 400ms; proxy_http_version 1.1; proxy_set_header Connection '';"
                        + " proxy_pass http://kept;")
                .app(a -> {
                    if (a.isFirst()) {
                        a.ok("hello");
                    } else {
                        a.awaitEnd();
                    }
                })
                .before(1)
                .is(504, "failed", "proxy", "read_timeout")
                .took("wait", APP_UNTIL_END);
        row("read timeout in the middle of the head")
                .conf("proxy_read_timeout 400ms; proxy_pass http://APP;")
                .app(a -> {
                    a.send("HTTP/1.1 200 OK\r\nContent-");
                    a.awaitEnd();
                })
                .is(504, "failed", "proxy", "read_timeout")
                .firstTry("read_timeout")
                .took("wait", APP_UNTIL_END);
        row("closed before the head")
                .app(a -> a.pause(300))
                .is(502, "failed", "proxy", "closed_early")
                .says("closed the connection without an answer")
                .logs("upstream prematurely closed connection while reading response header from upstream")
                .firstTry("closed_early")
                .took("wait", APP_PAUSE);
        row("closed in the head")
                .app(a -> {
                    a.send("HTTP/1.1 200 OK\r\nContent-");
                    a.pause(300);
                })
                .is(502, "failed", "proxy", "closed_early")
                .says("no more than 25 bytes, which are not the whole head of an answer")
                .firstTry("closed_early")
                .took("wait", APP_PAUSE);
        row("early hints, and closed")
                .conf("proxy_http_version 1.1; proxy_pass http://APP;")
                .app(a -> {
                    a.send("HTTP/1.1 103 Early Hints\r\n\r\n");
                    a.pause(300);
                })
                .is(502, "failed", "proxy", "closed_early")
                .says("no more than 28 bytes, which are not the whole head of an answer")
                .took("wait", APP_PAUSE);
        row("words for a head, and closed")
                .app(a -> a.send("hello there\n"))
                .is(502, "failed", "proxy", "garbage")
                .says("is no HTTP")
                .logs("upstream sent no valid HTTP/1.0 header")
                .firstTry("garbage");
        row("words for a head, and silence")
                .app(a -> {
                    a.send("hello there\n");
                    a.awaitEnd();
                })
                .is(502, "failed", "proxy", "garbage")
                .firstTry("garbage");
        row("switches without being asked")
                .app(a -> a.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
                .is(502, "failed", "proxy", "invalid_header")
                .says("answered 101, to speak another protocol, which nobody had asked for");
        row("two lengths")
                .app(a -> a.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"))
                .is(502, "failed", "proxy", "invalid_header")
                .says("with a head that must not be taken");
        row("a field that is none")
                .app(a -> a.send("HTTP/1.1 200 OK\r\nno field\r\n\r\n"))
                .is(502, "failed", "proxy", "invalid_header")
                .logs("upstream sent invalid header")
                .firstTry("invalid_header");
        row("plain HTTP where TLS is spoken to")
                .conf("proxy_connect_timeout 400ms; proxy_pass https://SILENT;")
                .is(504, "failed", "proxy", "tls_timeout")
                .says("took the connection and did not come to speak TLS")
                .logs("while SSL handshaking to upstream")
                .firstTry("tls_timeout")
                .took("connect", CLIENT_TOTAL);
        row("an end that is not to be had")
                .conf("proxy_bind 192.0.2.1; proxy_pass http://APP;")
                .is(500, "failed", "proxy", "bind_failed")
                .says("the address that proxy_bind names, so it did not call")
                .logs("bind(192.0.2.1:0) failed")
                .tries(1);
        row("reset before the head")
                .app(a -> {
                    a.pause(300);
                    a.reset();
                })
                .is(502, "failed", "proxy", "reset")
                .logs("recv() failed (104: Connection reset by peer) while reading response header from upstream")
                .firstTry("reset")
                .took("wait", APP_PAUSE);
        row("garbage for a head")
                .app(a -> {
                    a.pause(300);
                    a.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
                })
                .is(502, "failed", "proxy", "garbage")
                .says("is no HTTP")
                .firstTry("garbage")
                .took("wait", APP_PAUSE);
        row("too big a head")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 200 OK\r\nX-Big: " + "x".repeat(20_000) + "\r\nContent-Length: 0\r\n\r\n");
                })
                .is(502, "failed", "proxy", "too_big_header")
                .says("proxy_buffer_size")
                .logs("upstream sent too big header")
                .firstTry("too_big_header")
                .took("wait", APP_PAUSE);
        row("early hints, then the app thinks")
                .conf("proxy_http_version 1.1; proxy_pass http://APP;")
                .app(a -> {
                    a.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
                    a.pause(300);
                    a.ok("hello");
                })
                .took("wait", APP_PAUSE);
        row("no live peer")
                .conf("proxy_pass http://down;")
                .is(502, "failed", "proxy", "no_live_peer")
                .logs("no live upstreams")
                .firstTry("no_live_peer");
        row("no name where the server should be")
                .conf("resolver DNS; set $none ''; proxy_pass http://$none;")
                .is(500, "failed", "proxy", "internal_error")
                .logs("invalid URL prefix in \"http://\"")
                .tries(0);
        row("name server refused")
                .conf("resolver CLOSED; set $name some.internal; proxy_pass http://$name;")
                .is(502, "failed", "proxy", "name_not_found")
                .logs("could not be resolved (111: Connection refused)")
                .tries(0)
                .took("resolve", CLIENT_TOTAL);
        row("name not found")
                .conf("resolver DNS; set $name none.internal; proxy_pass http://$name;")
                .is(502, "failed", "proxy", "name_not_found")
                .logs("could not be resolved")
                .tries(0)
                .took("resolve", CLIENT_TOTAL);
    }

    private void nextUpstream() {
        row("refused, then a second one")
                .conf("proxy_pass http://second;")
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .tries(2)
                .firstTry("refused")
                .took("wait", APP_PAUSE);
        row("silent, then a second one")
                .conf("proxy_read_timeout 400ms; proxy_pass http://othersfirst;")
                .app(a -> {
                    a.pause(200);
                    a.ok("hello");
                })
                .other(TruthApp.Served::awaitEnd)
                .tries(2)
                .firstTry("read_timeout")
                .took("retry", t -> t.other().untilEndMillis())
                .took("wait", APP_PAUSE);
        row("500, then a second one")
                .conf("proxy_next_upstream error http_500; proxy_pass http://othersfirst;")
                .app(a -> {
                    a.pause(200);
                    a.ok("hello");
                })
                .other(a -> {
                    a.pause(400);
                    a.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
                })
                .tries(2)
                .firstTry("passed_over")
                .took("retry", t -> t.other().pausedMillis())
                .took("wait", APP_PAUSE);
        row("refused twice")
                .conf("proxy_pass http://nobody;")
                .is(502, "failed", "proxy", "refused")
                .tries(2)
                .firstTry("refused");
        row("504 of another proxy, which says why")
                .app(a -> a.send("HTTP/1.1 504 Gateway Time-out\r\nContent-Length: 0\r\nServer: x\r\n"
                        + "Proxy-Status: x;error=http_response_timeout\r\n"
                        + "Hop-Trace: app;from=\"127.0.0.1:1\";at=\"127.0.0.1:2\";conn=1;req=1;status=504;dur=0.5"
                        + ";via=\"127.0.0.1:3\";to=\"127.0.0.1:4\"\r\n\r\n"))
                .is(504, "ok", "app", null)
                .says("answered 504, which had asked 127.0.0.1:4 and says why itself: x;error=http_response_timeout");
        row("500 of the app")
                .app(a -> a.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"))
                .is(500, "ok", "app", null);
        row("502 of the app itself")
                .app(a -> a.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"))
                .is(502, "ok", "app", null);
    }

    private static void leave(TruthClient client) throws IOException, InterruptedException {
        client.get();
        client.pause(300);
        client.go();
    }

    private void clients() {
        row("client is slow with its head")
                .client(c -> {
                    String request = c.request("GET", "");
                    c.send(request.substring(0, 20));
                    c.pause(400);
                    c.send(request.substring(20));
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE);
        row("client leaves before the head")
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.get();
                    c.pause(400);
                    c.go();
                })
                .is(499, "client_left", "nobody", "client_left")
                .says("before there was an answer")
                .logs("client prematurely closed connection")
                .firstTry("client_left")
                .took("wait", CLIENT_PAUSE);
        row("client leaves while the name is looked for")
                .conf("resolver DNS; set $name slow.internal; proxy_pass http://$name;")
                .client(TruthTable::leave)
                .is(499, "client_left", "nobody", "client_left")
                .took("resolve", CLIENT_PAUSE);
        row("client gets all though it sends no more")
                .conf("limit_req zone=fast burst=5; alias DIR/page.txt;")
                .client(c -> {
                    c.get();
                    c.endSending();
                    c.readAll();
                })
                .is(200, "ok", "proxy", "static");
        row("client resets before the head")
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.get();
                    c.pause(400);
                    c.resetAndGo();
                })
                .is(499, "client_left", "nobody", "client_left")
                .took("wait", CLIENT_PAUSE);
        row("client leaves while connecting")
                .conf("proxy_connect_timeout 5s; proxy_pass http://DEAF;")
                .client(c -> {
                    c.get();
                    c.pause(400);
                    c.go();
                })
                .is(499, "client_left", "nobody", "client_left")
                .took("connect", CLIENT_PAUSE);
        row("limit rate")
                .conf("limit_rate 20k; proxy_pass http://APP;")
                .app(a -> a.ok("x".repeat(30_000)))
                .took("queue", CLIENT_TOTAL);
        row("limit rate of a file")
                .conf("limit_rate 20k; alias DIR/thirty.txt;")
                .is(200, "ok", "proxy", "static")
                .took("queue", CLIENT_TOTAL);
        row("proxy limit rate")
                .conf("proxy_limit_rate 20k; proxy_pass http://APP;")
                .app(a -> a.ok("x".repeat(40_000)))
                .took("queue", CLIENT_TOTAL);
    }

    private void rules() {
        row("limit req")
                .conf("limit_req zone=slow; proxy_pass http://APP;")
                .before(1)
                .is(503, "rejected", "proxy", "limit_req")
                .says("limit_req")
                .logs("limiting requests")
                .tries(0);
        row("limit req delays")
                .conf("limit_req zone=fast burst=5; proxy_pass http://APP;")
                .before(1)
                .took("queue", CLIENT_TOTAL);
        row("client leaves while it is delayed")
                .conf("limit_req zone=fast burst=5; proxy_pass http://APP;")
                .before(1)
                .client(TruthTable::leave)
                .is(499, "client_left", "nobody", "client_left")
                .logs("client prematurely closed connection")
                .tries(0)
                .took("queue", CLIENT_PAUSE);
        row("client leaves while its name and password are looked at elsewhere")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(600);
                    a.ok("hello");
                })
                .client(TruthTable::leave)
                .is(499, "client_left", "nobody", "client_left")
                .tries(0)
                .took("auth", CLIENT_PAUSE);
        row("limit conn")
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
        row("deny")
                .conf("deny all;")
                .is(403, "rejected", "proxy", "denied")
                .says("a deny rule")
                .logs("access forbidden by rule");
        row("deny, with a page for it")
                .conf("deny all; error_page 403 /page.txt;")
                .is(403, "rejected", "proxy", "denied");
        row("auth basic")
                .conf("auth_basic here; auth_basic_user_file DIR/users; proxy_pass http://APP;")
                .is(401, "rejected", "proxy", "auth");
        row("auth request says no")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
                })
                .is(401, "rejected", "proxy", "auth")
                .says(" said 401: this request may not go on")
                .tries(0)
                .took("auth", APP_PAUSE);
        row("auth request says 403")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> a.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"))
                .is(403, "rejected", "proxy", "denied")
                .says("the server that auth_request asks, at 127.0.0.1:")
                .tries(0);
        row("auth request says 404")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> a.send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
                .is(500, "failed", "proxy", "auth_failed")
                .says(" said 404, which is neither a yes (2xx) nor a no (401, 403)")
                .logs("auth request unexpected status: 404")
                .tries(0);
        row("auth request resets")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.reset();
                })
                .is(500, "failed", "proxy", "auth_failed")
                .says("neither a yes nor a no: the server at 127.0.0.1:")
                .tries(0)
                .took("auth", APP_PAUSE);
        row("auth request is answered here").conf("auth_request /page.txt; proxy_pass http://APP;");
        row("auth request is refused here")
                .conf("auth_request /forbidden; proxy_pass http://APP;")
                .is(403, "rejected", "proxy", "denied")
                .says("the location that auth_request asks, /forbidden, said 403: this request may not go on")
                .tries(0);
        row("auth request says yes")
                .conf("auth_request /asked; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(a.isFirst() ? 300 : 200);
                    a.ok("hello");
                })
                .took("auth", t -> t.app().pausedMillis() * 3 / 5)
                .took("wait", t -> t.app().pausedMillis() * 2 / 5);
        row("413")
                .conf("client_max_body_size 10; proxy_pass http://APP;")
                .client(c -> {
                    c.send(c.request("POST", "Content-Length: 20\r\n") + "0123456789".repeat(2));
                    c.readAll();
                })
                .is(413, "rejected", "proxy", "too_large")
                .logs("client intended to send too large body: 20 bytes");
        row("413 found in chunks")
                .conf("client_max_body_size 10; proxy_pass http://APP;")
                .client(c -> {
                    c.send(c.request("POST", "Transfer-Encoding: chunked\r\n") + "14\r\n" + "0123456789".repeat(2)
                            + "\r\n0\r\n\r\n");
                    c.readAll();
                })
                .is(413, "rejected", "proxy", "too_large");
        row("too long a header line")
                .client(c -> {
                    c.send("GET " + c.path() + " HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
                    c.send("x".repeat(9000));
                    c.send("\r\n\r\n");
                    c.readAll();
                })
                .is(431, "rejected", "proxy", "bad_request")
                .logs("client sent too long header line");
        row("connect to this proxy")
                .client(c -> {
                    c.send("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    c.readAll();
                })
                .is(405, "rejected", "proxy", "not_allowed");
        row("400")
                .client(c -> {
                    c.send("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    c.readAll();
                })
                .is(400, "rejected", "proxy", "bad_request");
        row("405")
                .client(c -> {
                    c.send(c.request("TRACE", ""));
                    c.readAll();
                })
                .is(405, "rejected", "proxy", "not_allowed");
    }

    private void ownResponses() {
        row("return 200")
                .conf("return 200 hello;")
                .is(200, "ok", "proxy", "return")
                .tries(0);
        row("return 503").conf("return 503;").is(503, "ok", "proxy", "return");
        row("return 444")
                .conf("return 444;")
                .is(444, "closed", "nobody", "closed")
                .says("444");
        row("redirect").conf("rewrite ^ /elsewhere redirect;").is(302, "ok", "proxy", "redirect");
        row("static file")
                .conf("alias DIR/page.txt;")
                .is(200, "ok", "proxy", "static")
                .tries(0);
        row("large file, slow client")
                .conf("alias DIR/large.bin;")
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(500);
                    c.readAll();
                })
                .is(200, "ok", "proxy", "static")
                .took("write", CLIENT_PAUSE);
        row("large file, client leaves")
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
        row("part of a file that is not there")
                .conf("alias DIR/page.txt;")
                .client(c -> {
                    c.send(c.request("GET", "Range: bytes=100-\r\n"));
                    c.readAll();
                })
                .is(416, "ok", "proxy", "static")
                .says("is not in it");
        row("head of a file")
                .conf("alias DIR/page.txt;")
                .client(c -> {
                    c.send(c.request("HEAD", ""));
                    c.readAll();
                })
                .is(200, "ok", "proxy", "static")
                .says("the header of a file");
        row("rewriting in a circle")
                .conf("rewrite ^(.*)$ $1;")
                .is(500, "failed", "proxy", "internal_error")
                .logs("rewrite or internal redirection cycle");
        row("mirror is dead")
                .conf("mirror /dead; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .logs(", subrequest: \"/dead\" (mirror), upstream: \"http://127.0.0.1:")
                .took("wait", APP_PAUSE);
        row("404").conf("root DIR;").is(404, "ok", "proxy", "not_found").logs("(2: No such file or directory)");
        row("stub status").conf("stub_status;").is(200, "ok", "proxy", "status_page");
        row("intercepted")
                .conf("proxy_intercept_errors on; error_page 500 /page.txt; proxy_pass http://APP;")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
                })
                .is(500, "ok", "proxy", "intercepted")
                .took("wait", APP_PAUSE);
        row("intercepted, and the page is of an app that is not there")
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
        row("closed, and the page is of an app that is not there")
                .conf("error_page 502 = /refused; proxy_pass http://APP;")
                .app(a -> a.pause(300))
                .is(502, "failed", "proxy", "refused")
                .says("closed the connection without an answer")
                .tries(2)
                .firstTry("closed_early")
                .took("retry", APP_PAUSE);
        row("refused, and an app's page for it keeps the status")
                .conf("error_page 502 @fallback; proxy_pass http://CLOSED;")
                .is(502, "ok", "app", null)
                .says("answered 200, and what the client got for it is a 502; asked before: nothing accepts at")
                .tries(2)
                .firstTry("refused");
        row("x accel redirect to an app that is not there")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /refused\r\nContent-Length: 0\r\n\r\n");
                })
                .is(502, "failed", "proxy", "refused")
                .says("answered 200 and left the answer to this proxy (X-Accel-Redirect)")
                .tries(2)
                .took("retry", APP_PAUSE);
        row("x accel redirect to nothing")
                .app(a -> a.send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /forbidden\r\nContent-Length: 0\r\n\r\n"))
                .is(403, "ok", "proxy", "return")
                .says("answered 200 and left the answer to this proxy (X-Accel-Redirect)");
        row("x accel redirect")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /page.txt\r\nContent-Length: 0\r\n\r\n");
                })
                .is(200, "ok", "proxy", "accel_redirect")
                .took("wait", APP_PAUSE);
    }

    private void cache() {
        String conf = "proxy_cache store; proxy_cache_valid 1s; proxy_cache_use_stale error timeout;"
                + " proxy_cache_revalidate on; proxy_pass http://APP;";
        row("cache miss")
                .conf(conf)
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .took("wait", APP_PAUSE);
        row("cache hit")
                .conf(conf.replace("1s", "1h"))
                .before(1)
                .is(200, "ok", "cache", "hit")
                .tries(0);
        row("cache stale")
                .conf(conf)
                .app(a -> {
                    if (a.isFirst()) {
                        a.ok("hello");
                    } else {
                        a.pause(300);
                    }
                })
                .client(c -> {
                    Thread.sleep(1300);
                    c.get();
                    c.readAll();
                })
                .before(1)
                .is(200, "ok", "cache", "stale")
                .says("out of date")
                .firstTry("closed_early")
                .took("wait", APP_PAUSE);
        row("cache stale for a 500")
                .conf(conf.replace("error timeout", "http_500"))
                .app(a -> {
                    if (a.isFirst()) {
                        a.ok("hello");
                    } else {
                        a.pause(300);
                        a.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
                    }
                })
                .client(c -> {
                    Thread.sleep(1300);
                    c.get();
                    c.readAll();
                })
                .before(1)
                .is(200, "ok", "cache", "stale")
                .says("answered 500")
                .firstTry("passed_over")
                .took("wait", APP_PAUSE);
        row("cache stale while it is renewed")
                .conf(conf.replace("error timeout", "updating") + " proxy_cache_background_update on;")
                .client(c -> {
                    Thread.sleep(1300);
                    c.get();
                    c.readAll();
                })
                .before(1)
                .is(200, "ok", "cache", "stale")
                .says("being renewed")
                .tries(0);
        row("cache stale while renewing fails")
                .conf(conf.replace("error timeout", "updating") + " proxy_cache_background_update on;")
                .app(a -> {
                    if (a.isFirst()) {
                        a.ok("hello");
                    }
                })
                .client(c -> {
                    Thread.sleep(1300);
                    c.get();
                    c.readAll();
                    Thread.sleep(500);
                })
                .before(1)
                .is(200, "ok", "cache", "stale")
                .logs("(background update), upstream: \"http://127.0.0.1:")
                .tries(0);
        row("cache revalidated")
                .conf(conf)
                .app(a -> {
                    if (a.isFirst()) {
                        a.send("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 5\r\n\r\nhello");
                    } else {
                        a.pause(300);
                        a.send("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
                    }
                })
                .client(c -> {
                    Thread.sleep(1300);
                    c.get();
                    c.readAll();
                })
                .before(1)
                .is(200, "ok", "cache", "revalidated")
                .took("wait", APP_PAUSE);
        row("cache lock")
                .conf("proxy_cache_lock on; " + conf.replace("1s", "1h"))
                .app(a -> {
                    a.pause(600);
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
                .is(200, "ok", "cache", "hit")
                .tries(0)
                .took("queue", CLIENT_TOTAL);
    }

    private void tunnels() {
        String conf = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                + " proxy_set_header Connection upgrade; proxy_pass http://APP;";
        String switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
        String request = " HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
        row("tunnel")
                .conf(conf)
                .app(a -> {
                    a.pause(200);
                    a.send(switched);
                    a.awaitEnd();
                })
                .client(c -> {
                    c.send("GET " + c.path() + request);
                    c.readHead();
                    c.pause(500);
                    c.go();
                })
                .is(101, "ok", "app", null)
                .took("wait", APP_PAUSE)
                .took("tunnel", CLIENT_PAUSE);
        webSockets(conf);
        row("tunnel without a byte for too long")
                .conf("proxy_read_timeout 400ms; " + conf)
                .app(a -> {
                    a.send(switched);
                    a.awaitEnd();
                })
                .client(c -> {
                    c.send("GET " + c.path() + request);
                    c.readAll();
                })
                .is(101, "cut", "app", "read_timeout")
                .says("proxy_read_timeout")
                .firstTry("read_timeout")
                .took("tunnel", CLIENT_TOTAL);
    }

    private static TruthClient.Script speaking(TruthClient.Script then) {
        return c -> {
            c.send("GET " + c.path()
                    + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
            c.readHead();
            then.run(c);
        };
    }

    private static void switchToWebSocket(TruthApp.Served app) throws IOException {
        app.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    }

    private void webSockets(String conf) {
        TruthApp.Script waiting = a -> {
            switchToWebSocket(a);
            a.awaitEnd();
        };
        row("websocket, client says goodbye")
                .conf(conf)
                .app(waiting)
                .client(speaking(c -> {
                    c.pause(300);
                    c.send("\u0088\u0082\0\0\0\0\u0003\u00e8");
                    c.go();
                }))
                .is(101, "ok", "app", null)
                .says("the client ended the conversation with a close frame (1000)")
                .took("tunnel", CLIENT_PAUSE);
        row("websocket, client leaves")
                .conf(conf)
                .app(waiting)
                .client(speaking(c -> {
                    c.pause(300);
                    c.go();
                }))
                .is(101, "client_left", "app", "client_left")
                .says("the client closed the connection without a close frame")
                .firstTry("client_left")
                .took("tunnel", CLIENT_PAUSE);
        row("websocket, client resets")
                .conf(conf)
                .app(waiting)
                .client(speaking(c -> {
                    c.pause(300);
                    c.resetAndGo();
                }))
                .is(101, "client_left", "app", "client_left")
                .says("the client broke the connection off (reset) without a close frame")
                .logs("recv() failed (104: Connection reset by peer) while proxying upgraded connection")
                .firstTry("client_left")
                .took("tunnel", CLIENT_PAUSE);
        row("websocket, app says goodbye")
                .conf(conf)
                .app(a -> {
                    switchToWebSocket(a);
                    a.pause(300);
                    a.send("\u0088\u0002\u0003\u00e9");
                })
                .client(speaking(TruthClient::readAll))
                .is(101, "ok", "app", null)
                .says("the app ended the conversation with a close frame (1001)")
                .took("tunnel", APP_PAUSE);
        row("websocket, app leaves")
                .conf(conf)
                .app(a -> {
                    switchToWebSocket(a);
                    a.pause(300);
                })
                .client(speaking(TruthClient::readAll))
                .is(101, "cut", "app", "closed_early")
                .says("the app closed the connection without a close frame")
                .firstTry("closed_early")
                .took("tunnel", APP_PAUSE);
        row("websocket, app resets")
                .conf(conf)
                .app(a -> {
                    switchToWebSocket(a);
                    a.pause(300);
                    a.reset();
                })
                .client(speaking(TruthClient::readAll))
                .is(101, "cut", "app", "reset")
                .says("the app broke the connection off (reset) without a close frame")
                .logs("recv() failed (104: Connection reset by peer) while proxying upgraded connection")
                .firstTry("reset")
                .took("tunnel", APP_PAUSE);
    }
}
