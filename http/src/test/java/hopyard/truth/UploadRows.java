package hopyard.truth;

import static hopyard.truth.TruthTable.APP_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_TOTAL;
import static hopyard.truth.TruthTable.HALF;
import static hopyard.truth.TruthTable.LARGE;

/** Requests whose content comes slowly or not at all, and answers that do not wait for it. */
final class UploadRows {

    private final TruthTable table;

    UploadRows(TruthTable table) {
        this.table = table;
    }

    void uploads(String on) {
        String conf = "proxy_request_buffering " + on + "; proxy_http_version 1.1; proxy_pass http://APP;";
        String length = "Content-Length: 10\r\n";
        table.row("client is slow to upload, request buffering " + on)
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
        table.row("client is slow to upload chunks, request buffering " + on)
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
        table.row("client is slow to upload and the app thinks, request buffering " + on)
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
        table.row("client waits for 100, request buffering " + on)
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
        String closed = "client prematurely closed connection";
        String reset = "recv() failed (104: Connection reset by peer)";
        String part = length + "\r\n01234";
        String chunk = "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
        leaving("client leaves in its upload", on, conf, part, TruthClient::go, closed);
        leaving("client resets in its upload", on, conf, part, TruthClient::resetAndGo, reset);
        leaving("client leaves in its chunks", on, conf, chunk, TruthClient::go, closed);
        table.row("client stops in its upload, request buffering " + on)
                .conf("client_body_timeout 400ms; " + conf)
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    c.send(c.request("POST", length) + "01234");
                    c.readAll();
                })
                .is(408, "rejected", "proxy", "client_timeout")
                .says("client_body_timeout")
                .took("receive", CLIENT_TOTAL);
        table.row("large upload, the app is slow to read, request buffering " + on)
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
        table.row("large upload, the app does not read, request buffering " + on)
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

    /**
     * @param sent the request's header lines and the part of its content that comes
     * @param end how the client goes
     */
    private void leaving(String name, String on, String conf, String sent, TruthClient.Script end, String logged) {
        table.row(name + ", request buffering " + on)
                .conf(conf)
                .app(TruthApp.Served::awaitEnd)
                .client(c -> {
                    int head = sent.indexOf("\r\n\r\n") + 2;
                    c.send(c.request("POST", sent.substring(0, head)) + sent.substring(head + 2));
                    c.pause(400);
                    end.run(c);
                })
                .is(400, "client_left", "nobody", "client_left")
                .logs(logged)
                .firstTry(on.equals("on") ? null : "client_left")
                .took("receive", CLIENT_PAUSE);
    }

    void earlyAnswers() {
        String conf = "proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://APP;";
        String length = "Content-Length: 10\r\n";
        table.row("app answers before it has all of the request")
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
        table.row("app sends back what comes, and the client stops")
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
        table.row("no TLS there")
                .conf("proxy_pass https://BANNER;")
                .is(502, "failed", "proxy", "tls_failed")
                .firstTry("tls_failed");
        table.row("compressed while the app stops")
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
}
