package hopyard.truth;

import static hopyard.truth.TruthTable.APP_PAUSE;
import static hopyard.truth.TruthTable.APP_UNTIL_END;
import static hopyard.truth.TruthTable.CHUNK;
import static hopyard.truth.TruthTable.CLIENT_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_TOTAL;
import static hopyard.truth.TruthTable.HALF;
import static hopyard.truth.TruthTable.LARGE;

import java.io.IOException;

/** Contents on their way to clients that take them, or leave. */
final class BodyRows {

    private final TruthTable table;

    BodyRows(TruthTable table) {
        this.table = table;
    }

    void bodies(String on) {
        String conf = "proxy_buffering " + on + "; proxy_pass http://APP;";
        table.row("app answers at once, buffering " + on).conf(conf);
        table.row("app thinks, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.pause(400);
                    a.ok("hello");
                })
                .took("wait", APP_PAUSE);
        table.row("app stops in its content, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(HALF);
                    a.pause(400);
                    a.send("56789");
                })
                .took("read", APP_PAUSE);
        table.row("app stops between chunks, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(CHUNK);
                    a.pause(200);
                    a.send("1\r\nx\r\n");
                    a.pause(200);
                    a.send("0\r\n\r\n");
                })
                .took("read", APP_PAUSE);
        table.row("app thinks and stops, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.pause(300);
                    a.send(HALF);
                    a.pause(300);
                    a.send("56789");
                })
                .took("wait", t -> t.app().pausedMillis() / 2)
                .took("read", t -> t.app().pausedMillis() / 2);
        table.row("app ends its content by closing, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send("HTTP/1.0 200 OK\r\n\r\n01234");
                    a.pause(300);
                })
                .took("read", APP_PAUSE);
        table.row("read timeout in the content, buffering " + on)
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
        table.row("closed before all of the length, buffering " + on)
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
        table.row("closed before the last chunk, buffering " + on)
                .conf(conf)
                .app(a -> {
                    a.send(CHUNK);
                    a.pause(300);
                })
                .is(200, "cut", "app", "closed_early")
                .logs("upstream prematurely closed connection")
                .firstTry("closed_early")
                .took("read", APP_PAUSE);
        table.row("reset in the content, buffering " + on)
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
        table.row("garbage between chunks, buffering " + on)
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
        table.row("client leaves while the app stops, buffering " + on)
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

    void slowClients(String on) {
        String conf = "proxy_buffering " + on + "; proxy_pass http://APP;";
        table.row("large, slow client, buffering " + on)
                .conf(conf)
                .app(a -> large(a, 0))
                .client(c -> {
                    c.get();
                    c.readHead();
                    c.pause(500);
                    c.readAll();
                })
                .took("write", CLIENT_PAUSE);
        table.row("large, client takes a bit now and then, buffering " + on)
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
        table.row("large, slow client and the app stops, buffering " + on)
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
        table.row("large, client leaves in the content, buffering " + on)
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
        table.row("large, client takes nothing, buffering " + on)
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

    void clients() {
        table.row("client is slow with its head")
                .client(c -> {
                    String request = c.request("GET", "");
                    c.send(request.substring(0, 20));
                    c.pause(400);
                    c.send(request.substring(20));
                    c.readAll();
                })
                .took("receive", CLIENT_PAUSE);
        table.row("client leaves before the head")
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
        table.row("client leaves while the name is looked for")
                .conf("resolver DNS; set $name slow.internal; proxy_pass http://$name;")
                .client(BodyRows::leave)
                .is(499, "client_left", "nobody", "client_left")
                .took("resolve", CLIENT_PAUSE);
        table.row("client gets all though it sends no more")
                .conf("limit_req zone=fast burst=5; alias DIR/page.txt;")
                .client(c -> {
                    c.get();
                    c.endSending();
                    c.readAll();
                })
                .is(200, "ok", "proxy", "static");
        table.row("client resets before the head")
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.get();
                    c.pause(400);
                    c.resetAndGo();
                })
                .is(499, "client_left", "nobody", "client_left")
                .took("wait", CLIENT_PAUSE);
        table.row("client leaves while connecting")
                .conf("proxy_connect_timeout 5s; proxy_pass http://DEAF;")
                .client(c -> {
                    c.get();
                    c.pause(400);
                    c.go();
                })
                .is(499, "client_left", "nobody", "client_left")
                .took("connect", CLIENT_PAUSE);
        table.row("limit rate")
                .conf("limit_rate 20k; proxy_pass http://APP;")
                .app(a -> a.ok("x".repeat(30_000)))
                .took("queue", CLIENT_TOTAL);
        table.row("limit rate of a file")
                .conf("limit_rate 20k; alias DIR/thirty.txt;")
                .is(200, "ok", "proxy", "static")
                .took("queue", CLIENT_TOTAL);
        table.row("proxy limit rate")
                .conf("proxy_limit_rate 20k; proxy_pass http://APP;")
                .app(a -> a.ok("x".repeat(40_000)))
                .took("queue", CLIENT_TOTAL);
    }

    static void leave(TruthClient client) throws IOException, InterruptedException {
        client.get();
        client.pause(300);
        client.go();
    }
}
