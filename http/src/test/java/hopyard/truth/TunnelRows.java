package hopyard.truth;

import static hopyard.truth.TruthTable.APP_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_TOTAL;

import java.io.IOException;

/** Connections that are switched to another protocol. */
final class TunnelRows {

    private final TruthTable table;

    TunnelRows(TruthTable table) {
        this.table = table;
    }

    void tunnels() {
        String conf = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                + " proxy_set_header Connection upgrade; proxy_pass http://APP;";
        String switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
        String request = " HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
        table.row("tunnel")
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
        table.row("tunnel without a byte for too long")
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
        table.row("websocket, client says goodbye")
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
        table.row("websocket, client leaves")
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
        table.row("websocket, client resets")
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
        table.row("websocket, app says goodbye")
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
        table.row("websocket, app leaves")
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
        table.row("websocket, app resets")
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
