package hopyard.truth;

import static hopyard.truth.TruthTable.APP_PAUSE;
import static hopyard.truth.TruthTable.CLIENT_TOTAL;

/** What the cache has, fetches and keeps. */
final class CacheRows {

    private final TruthTable table;

    CacheRows(TruthTable table) {
        this.table = table;
    }

    void cache() {
        String conf = "proxy_cache store; proxy_cache_valid 1s; proxy_cache_use_stale error timeout;"
                + " proxy_cache_revalidate on; proxy_pass http://APP;";
        table.row("cache miss")
                .conf(conf)
                .app(a -> {
                    a.pause(300);
                    a.ok("hello");
                })
                .took("wait", APP_PAUSE);
        table.row("cache hit")
                .conf(conf.replace("1s", "1h"))
                .before(1)
                .is(200, "ok", "cache", "hit")
                .tries(0);
        table.row("cache stale")
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
        table.row("cache stale for a 500")
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
        table.row("cache stale while it is renewed")
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
        table.row("cache stale while renewing fails")
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
        table.row("cache revalidated")
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
        table.row("cache lock")
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
}
