package hopyard.truth;

import static hopyard.truth.TruthTable.APP_PAUSE;
import static hopyard.truth.TruthTable.APP_UNTIL_END;
import static hopyard.truth.TruthTable.CLIENT_TOTAL;

/** Apps that do not answer as they should, and which app is asked next. */
final class AttemptRows {

    private final TruthTable table;

    AttemptRows(TruthTable table) {
        this.table = table;
    }

    void beforeTheHead() {
        table.row("refused")
                .conf("proxy_pass http://CLOSED;")
                .is(502, "failed", "proxy", "refused")
                .says("is the app running?")
                .logs("connect() failed (111: Connection refused) while connecting to upstream")
                .tries(1)
                .firstTry("refused");
        table.row("refused, with a page for it")
                .conf("proxy_pass http://CLOSED; error_page 502 /page.txt;")
                .is(502, "failed", "proxy", "refused")
                .says("is the app running?");
        table.row("refused, with another app for it")
                .conf("proxy_pass http://CLOSED; error_page 502 = @fallback;")
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .tries(2)
                .firstTry("refused")
                .took("wait", APP_PAUSE);
        table.row("connect timeout")
                .conf("proxy_connect_timeout 400ms; proxy_pass http://DEAF;")
                .is(504, "failed", "proxy", "connect_timeout")
                .says("proxy_connect_timeout")
                .logs("upstream timed out (110: Connection timed out) while connecting to upstream")
                .firstTry("connect_timeout")
                .took("connect", CLIENT_TOTAL);
        table.row("read timeout")
                .conf("proxy_read_timeout 400ms; proxy_pass http://APP;")
                .app(TruthApp.Served::awaitEnd)
                .is(504, "failed", "proxy", "read_timeout")
                .says("proxy_read_timeout")
                .logs("upstream timed out (110: Connection timed out) while reading response header from upstream")
                .firstTry("read_timeout")
                .took("wait", APP_UNTIL_END);
        table.row("read timeout on a kept connection")
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
        table.row("read timeout in the middle of the head")
                .conf("proxy_read_timeout 400ms; proxy_pass http://APP;")
                .app(a -> {
                    a.send("HTTP/1.1 200 OK\r\nContent-");
                    a.awaitEnd();
                })
                .is(504, "failed", "proxy", "read_timeout")
                .firstTry("read_timeout")
                .took("wait", APP_UNTIL_END);
        table.row("closed before the head")
                .app(a -> a.pause(300))
                .is(502, "failed", "proxy", "closed_early")
                .says("closed the connection without an answer")
                .logs("upstream prematurely closed connection while reading response header from upstream")
                .firstTry("closed_early")
                .took("wait", APP_PAUSE);
        table.row("closed in the head")
                .app(a -> {
                    a.send("HTTP/1.1 200 OK\r\nContent-");
                    a.pause(300);
                })
                .is(502, "failed", "proxy", "closed_early")
                .says("no more than 25 bytes, which are not the whole head of an answer")
                .firstTry("closed_early")
                .took("wait", APP_PAUSE);
        table.row("early hints, and closed")
                .conf("proxy_http_version 1.1; proxy_pass http://APP;")
                .app(a -> {
                    a.send("HTTP/1.1 103 Early Hints\r\n\r\n");
                    a.pause(300);
                })
                .is(502, "failed", "proxy", "closed_early")
                .says("no more than 28 bytes, which are not the whole head of an answer")
                .took("wait", APP_PAUSE);
        table.row("words for a head, and closed")
                .app(a -> a.send("hello there\n"))
                .is(502, "failed", "proxy", "garbage")
                .says("is no HTTP")
                .logs("upstream sent no valid HTTP/1.0 header")
                .firstTry("garbage");
        table.row("words for a head, and silence")
                .app(a -> {
                    a.send("hello there\n");
                    a.awaitEnd();
                })
                .is(502, "failed", "proxy", "garbage")
                .firstTry("garbage");
        table.row("switches without being asked")
                .app(a -> a.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
                .is(502, "failed", "proxy", "invalid_header")
                .says("answered 101, to speak another protocol, which nobody had asked for");
        table.row("two lengths")
                .app(a -> a.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"))
                .is(502, "failed", "proxy", "invalid_header")
                .says("with a head that must not be taken");
        table.row("a field that is none")
                .app(a -> a.send("HTTP/1.1 200 OK\r\nno field\r\n\r\n"))
                .is(502, "failed", "proxy", "invalid_header")
                .logs("upstream sent invalid header")
                .firstTry("invalid_header");
        table.row("plain HTTP where TLS is spoken to")
                .conf("proxy_connect_timeout 400ms; proxy_pass https://SILENT;")
                .is(504, "failed", "proxy", "tls_timeout")
                .says("took the connection and did not come to speak TLS")
                .logs("while SSL handshaking to upstream")
                .firstTry("tls_timeout")
                .took("connect", CLIENT_TOTAL);
        table.row("an end that is not to be had")
                .conf("proxy_bind 192.0.2.1; proxy_pass http://APP;")
                .is(500, "failed", "proxy", "bind_failed")
                .says("the address that proxy_bind names, so it did not call")
                .logs("bind(192.0.2.1:0) failed")
                .tries(1);
        table.row("reset before the head")
                .app(a -> {
                    a.pause(300);
                    a.reset();
                })
                .is(502, "failed", "proxy", "reset")
                .logs("recv() failed (104: Connection reset by peer) while reading response header from upstream")
                .firstTry("reset")
                .took("wait", APP_PAUSE);
        table.row("garbage for a head")
                .app(a -> {
                    a.pause(300);
                    a.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
                })
                .is(502, "failed", "proxy", "garbage")
                .says("is no HTTP")
                .firstTry("garbage")
                .took("wait", APP_PAUSE);
        table.row("too big a head")
                .app(a -> {
                    a.pause(300);
                    a.send("HTTP/1.1 200 OK\r\nX-Big: " + "x".repeat(20_000) + "\r\nContent-Length: 0\r\n\r\n");
                })
                .is(502, "failed", "proxy", "too_big_header")
                .says("proxy_buffer_size")
                .logs("upstream sent too big header")
                .firstTry("too_big_header")
                .took("wait", APP_PAUSE);
        table.row("early hints, then the app thinks")
                .conf("proxy_http_version 1.1; proxy_pass http://APP;")
                .app(a -> {
                    a.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
                    a.pause(300);
                    a.ok("hello");
                })
                .took("wait", APP_PAUSE);
        table.row("no live peer")
                .conf("proxy_pass http://down;")
                .is(502, "failed", "proxy", "no_live_peer")
                .logs("no live upstreams")
                .firstTry("no_live_peer");
        table.row("no name where the server should be")
                .conf("resolver DNS; set $none ''; proxy_pass http://$none;")
                .is(500, "failed", "proxy", "internal_error")
                .logs("invalid URL prefix in \"http://\"")
                .tries(0);
        table.row("name server refused")
                .conf("resolver CLOSED; resolver_timeout 1s; set $name some.internal; proxy_pass http://$name;")
                .is(502, "failed", "proxy", "name_not_found")
                .logs("could not be resolved (110: Operation timed out)")
                .tries(0)
                .took("resolve", CLIENT_TOTAL);
        table.row("name not found")
                .conf("resolver DNS; set $name none.internal; proxy_pass http://$name;")
                .is(502, "failed", "proxy", "name_not_found")
                .logs("could not be resolved")
                .tries(0)
                .took("resolve", CLIENT_TOTAL);
    }

    void nextUpstream() {
        table.row("refused, then a second one")
                .conf("proxy_pass http://second;")
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .tries(2)
                .firstTry("refused")
                .took("wait", APP_PAUSE);
        table.row("silent, then a second one")
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
        table.row("500, then a second one")
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
        table.row("refused twice")
                .conf("proxy_pass http://nobody;")
                .is(502, "failed", "proxy", "refused")
                .tries(2)
                .firstTry("refused");
        table.row("504 of another proxy, which says why")
                .app(a -> a.send("HTTP/1.1 504 Gateway Time-out\r\nContent-Length: 0\r\nServer: x\r\n"
                        + "Proxy-Status: x;error=http_response_timeout\r\n"
                        + "Hop-Trace: app;from=\"127.0.0.1:1\";at=\"127.0.0.1:2\";conn=1;req=1;status=504;dur=0.5"
                        + ";via=\"127.0.0.1:3\";to=\"127.0.0.1:4\"\r\n\r\n"))
                .is(504, "ok", "app", null)
                .says("answered 504, which had asked 127.0.0.1:4 and says why itself: x;error=http_response_timeout");
        table.row("500 of the app")
                .app(a -> a.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"))
                .is(500, "ok", "app", null);
        table.row("502 of the app itself")
                .app(a -> a.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"))
                .is(502, "ok", "app", null);
    }
}
