package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.http.server.http2.Http2Stream;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.Http2Settings;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.modules.AcceptedDirectives.Check;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * HTTP/2 with clients. Nothing is sent unasked ({@code http2_push}): browsers do not want that any more.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_v2_module.html">ngx_http_v2_module</a>
 */
final class Http2Module implements Module {

    private static final Set<Context> IN_SERVERS = EnumSet.of(HTTP, SERVER);
    private static final Set<Context> EVERYWHERE = EnumSet.of(HTTP, SERVER, Context.LOCATION);

    private final AcceptedDirectives accepted = new AcceptedDirectives();

    Http2Module() {
        String page = "ngx_http_v2_module";
        accepted.add(page, EVERYWHERE, Check.FLAG, 1, 1, """
                http2_push_preload | off | Whether linked files are sent unasked.
                """);
        accepted.add(page, IN_SERVERS, Check.NUMBER, 1, 1, """
                http2_max_concurrent_pushes | 10 | How many files may be sent unasked at a time.
                """);
        accepted.add(page, IN_SERVERS, Check.POOL, 1, 1, """
                http2_pool_size | 4k | Memory that is taken for a connection at first.
                """);
        accepted.add(page, EnumSet.of(HTTP), Check.HTTP2_BUFFER, 1, 1, """
                http2_recv_buffer_size | 256k | The buffer for receiving.
                """);
        accepted.add(page, IN_SERVERS, Check.POWER_OF_TWO, 1, 1, """
                http2_streams_index_size | 32 | The table of a connection's requests.
                """);
        accepted.add(page, IN_SERVERS, Check.OBSOLETE, 1, 1, """
                http2_idle_timeout | 3m | How long an idle connection stays open.
                http2_max_field_size | 4k | How long a field may be.
                http2_max_header_size | 16k | How large a header may be.
                http2_max_requests | 1000 | How many requests a connection may carry.
                http2_recv_timeout | 30s | How long to wait for the client.
                """);
        accepted.add(page, EVERYWHERE, Check.PUSH, 1, 1, """
                http2_push | off | A file that is sent unasked.
                """);
    }

    @Override
    public Manual manual() {
        return new Manual("HTTP/2", "ngx_http_v2_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(Http2Settings.SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return accepted.commands();
    }

    @Override
    public void prepare(Variables v) {
        v.define("http2", x -> x.stream() == 0 ? "" : x.scheme().equals("https") ? "h2" : "h2c");
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        long chunk = Http2Settings.of(scope).chunk();
        if (chunk != Http2Settings.of(scope.nearest(SERVER)).chunk()) {
            location.filter(FilterPlace.FIELDS, exchange -> {
                if (exchange.client().carrier() instanceof Http2Stream stream) {
                    stream.chunk((int) chunk);
                }
            });
        }
    }
}
