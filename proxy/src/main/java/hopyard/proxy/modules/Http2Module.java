package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.AcceptedDirectives.Check;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * HTTP/2, which is not spoken yet. A client learns that when it connects, and speaks HTTP/1.1 instead, so
 * configurations with it load, with a warning.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_v2_module.html">ngx_http_v2_module</a>
 */
final class Http2Module implements Module {

    private static final Settings<VersionSettings> SETTINGS = Settings.of(VersionSettings::new);

    private static final Set<Context> IN_SERVERS = EnumSet.of(HTTP, SERVER);
    private static final Set<Context> EVERYWHERE = EnumSet.of(HTTP, SERVER, Context.LOCATION);

    private final AcceptedDirectives accepted = new AcceptedDirectives();

    private record VersionSettings(boolean isOn) {
        VersionSettings(SettingsReader in) {
            this(in.directive("http2")
                    .byDefault("off")
                    .means("Whether HTTP/2 is spoken.")
                    .note("`on` is accepted with a warning, and clients speak HTTP/1.1")
                    .in(HTTP, SERVER)
                    .read(new Switch(), false));
        }
    }

    private static final class Switch implements ValueReader<Boolean> {
        @Override
        public Boolean read(Scope scope, Directive d, Boolean former) throws ConfException {
            boolean isOn = Values.flag(d);
            if (isOn && Build.of(scope).names("http2").add("on")) {
                Build.of(scope).warn("HTTP/2 is not supported by hopyard, clients get HTTP/1.1 in " + d.place());
            }
            return isOn;
        }
    }

    Http2Module() {
        String page = "ngx_http_v2_module";
        accepted.add(page, EVERYWHERE, Check.FLAG, 1, 1, """
                http2_push_preload | off | Whether linked files are sent unasked.
                """);
        accepted.add(page, IN_SERVERS, Check.ANYTHING, 1, 1, """
                http2_body_preread_size | 64k | How much of a body is taken before it is asked for.
                http2_max_concurrent_pushes | 10 | How many files may be sent unasked at a time.
                http2_max_concurrent_streams | 128 | How many requests a connection may carry at a time.
                http2_pool_size | 4k | Memory that is taken for a connection at first.
                http2_recv_buffer_size | 256k | The buffer for receiving.
                http2_streams_index_size | 32 | The table of a connection's requests.
                """);
        accepted.add(page, IN_SERVERS, Check.OBSOLETE, 1, 1, """
                http2_idle_timeout | 3m | How long an idle connection stays open.
                http2_max_field_size | 4k | How long a field may be.
                http2_max_header_size | 16k | How large a header may be.
                http2_max_requests | 1000 | How many requests a connection may carry.
                http2_recv_timeout | 30s | How long to wait for the client.
                """);
        accepted.add(page, EVERYWHERE, Check.SIZE, 1, 1, """
                http2_chunk_size | 8k | How large pieces of a response are.
                """);
        accepted.add(page, EVERYWHERE, Check.REPEATED, 1, 1, """
                http2_push | off | A file that is sent unasked.
                """);
    }

    @Override
    public Manual manual() {
        return new Manual("HTTP/2", "ngx_http_v2_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public List<String> standsFor() {
        return List.of();
    }

    @Override
    public List<Command> commands() {
        return accepted.commands();
    }
}
