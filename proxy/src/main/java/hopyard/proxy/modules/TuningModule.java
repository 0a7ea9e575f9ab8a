package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.EVENTS;
import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Module;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Directives that tune nginx's own machinery and have no meaning on a JVM: hash tables, system calls, pools. They are
 * accepted, so that a production nginx.conf loads, and checked, so that a mistake in them is found here as there.
 *
 * @see <a href="https://nginx.org/en/docs/dirindex.html">nginx: directives</a>
 */
final class TuningModule implements Module {

    private static final Scope.Key<Set<String>> KEY = new Scope.Key<>(HashSet::new);

    /** What a directive's arguments have to be. */
    private interface Check {
        void check(Directive d) throws ConfException;
    }

    private static final Check FLAG = Values::flag;
    private static final Check NUMBER = d -> Values.number(d, 0);
    private static final Check SIZE = d -> Values.size(d, 0);
    private static final Check TIME = d -> Values.millis(d, 0);
    private static final Check ANYTHING = d -> {};
    private static final Check COUNT_AND_SIZE = d -> {
        if (Values.parseNumber(d.arg(0)) <= 0) {
            throw d.directiveError("invalid value");
        }
        Values.size(d, 1);
    };

    private static final Set<Context> EVERYWHERE = EnumSet.of(HTTP, SERVER, LOCATION);

    private final List<Command> commands = new ArrayList<>();

    TuningModule() {
        Set<Context> main = EnumSet.of(MAIN);
        accept(main, NUMBER, 1, 1, "worker_rlimit_nofile", "worker_priority");
        accept(main, ANYTHING, 1, Command.ANY, "worker_cpu_affinity", "worker_rlimit_core", "thread_pool");
        accept(main, TIME, 1, 1, "timer_resolution");
        accept(main, FLAG, 1, 1, "pcre_jit", "master_process");
        accept(main, ANYTHING, 1, 1, "lock_file", "working_directory", "debug_points");
        repeated(main, "env", "load_module");
        accept(EnumSet.of(EVENTS), ANYTHING, 1, 1, "debug_connection", "worker_aio_requests");
        accept(EVERYWHERE, FLAG, 1, 1, "gzip_no_buffer", "open_file_cache_events", "aio_write");
        accept(EVERYWHERE, ANYTHING, 1, 1, "gzip_window", "gzip_hash", "postpone_gzipping", "proxy_send_lowat");
        accept(EVERYWHERE, NUMBER, 1, 1, "referer_hash_max_size", "referer_hash_bucket_size");
        accept(EVERYWHERE, TuningModule::onlyOff, 1, 2, "disable_symlinks", "client_body_in_file_only", "gunzip");
        // HTTP/2 is not spoken, which every client can do without
        accept(EnumSet.of(HTTP, SERVER), FLAG, 1, 1, "http2", "http2_push_preload");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 1, "http2_max_concurrent_streams", "http2_max_field_size");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 1, "http2_max_header_size", "http2_max_requests");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 1, "http2_idle_timeout", "http2_recv_timeout");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 1, "http2_chunk_size", "http2_body_preread_size");
        // the session tickets, OCSP responses and certificates of clients that Java does without or manages itself
        repeated(EnumSet.of(HTTP, SERVER), "ssl_session_ticket_key");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 1, "ssl_client_certificate", "ssl_stapling_responder");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 1, "ssl_stapling_file", "ssl_verify_depth", "ssl_early_data");
        accept(EnumSet.of(EVENTS), FLAG, 1, 1, "multi_accept", "accept_mutex");
        accept(EnumSet.of(EVENTS), TuningModule::eventMethod, 1, 1, "use");
        accept(EnumSet.of(EVENTS), TIME, 1, 1, "accept_mutex_delay");
        accept(EnumSet.of(HTTP), NUMBER, 1, 1, "server_names_hash_max_size", "server_names_hash_bucket_size");
        accept(EnumSet.of(HTTP), NUMBER, 1, 1, "variables_hash_max_size", "variables_hash_bucket_size");
        accept(EnumSet.of(HTTP), NUMBER, 1, 1, "map_hash_max_size", "map_hash_bucket_size");
        accept(EVERYWHERE, NUMBER, 1, 1, "types_hash_max_size", "types_hash_bucket_size");
        accept(EVERYWHERE, NUMBER, 1, 1, "proxy_headers_hash_max_size", "proxy_headers_hash_bucket_size");
        accept(EVERYWHERE, FLAG, 1, 1, "sendfile", "tcp_nopush", "tcp_nodelay", "reset_timedout_connection");
        accept(EVERYWHERE, FLAG, 1, 1, "msie_refresh", "open_file_cache_errors");
        accept(EVERYWHERE, SIZE, 1, 1, "sendfile_max_chunk", "postpone_output", "read_ahead");
        accept(EVERYWHERE, ANYTHING, 1, 2, "aio", "directio", "directio_alignment", "open_file_cache");
        accept(EVERYWHERE, TIME, 1, 1, "open_file_cache_valid");
        accept(EVERYWHERE, NUMBER, 1, 1, "open_file_cache_min_uses");
        accept(EVERYWHERE, COUNT_AND_SIZE, 2, 2, "output_buffers", "proxy_buffers", "gzip_buffers");
        accept(EVERYWHERE, ANYTHING, 1, 1, "proxy_ssl_ciphers", "proxy_ssl_verify_depth", "proxy_ssl_session_reuse");
        accept(EVERYWHERE, SIZE, 1, 1, "proxy_busy_buffers_size", "proxy_temp_file_write_size");
        accept(EVERYWHERE, ANYTHING, 1, 4, "client_body_temp_path", "proxy_temp_path");
        // Java chooses its ciphers and keeps its sessions by itself
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, Command.ANY, "ssl_ciphers", "ssl_ecdh_curve");
        accept(
                EnumSet.of(HTTP, SERVER),
                FLAG,
                1,
                1,
                "ssl_prefer_server_ciphers",
                "ssl_session_tickets",
                "ssl_stapling");
        accept(EnumSet.of(HTTP, SERVER), FLAG, 1, 1, "ssl_stapling_verify");
        accept(EnumSet.of(HTTP, SERVER), ANYTHING, 1, 2, "ssl_session_cache", "ssl_dhparam", "ssl_trusted_certificate");
        accept(EnumSet.of(HTTP, SERVER), TIME, 1, 1, "ssl_session_timeout");
        accept(EnumSet.of(HTTP, SERVER), SIZE, 1, 1, "ssl_buffer_size");
        accept(EnumSet.of(HTTP, SERVER), SIZE, 1, 1, "connection_pool_size", "request_pool_size");
        accept(EnumSet.of(HTTP, SERVER), SIZE, 1, 1, "client_header_buffer_size");
        accept(EVERYWHERE, FLAG, 1, 1, "client_body_in_single_buffer", "log_subrequest");
        accept(EVERYWHERE, SIZE, 1, 1, "subrequest_output_buffer_size");
        accept(EVERYWHERE, ANYTHING, 1, 4, "open_log_file_cache");
    }

    private void accept(Set<Context> contexts, Check check, int min, int max, String... names) {
        for (String name : names) {
            commands.add(new Command(
                    name, contexts, min, max, false, (loader, scope, d) -> accept(loader, scope, d, check)));
        }
    }

    /** Directives that may stand more than once. */
    private void repeated(Set<Context> contexts, String... names) {
        for (String name : names) {
            commands.add(new Command(name, contexts, 1, 1, false, (loader, scope, d) -> {}));
        }
    }

    private static void onlyOff(Directive d) throws ConfException {
        if (!d.arg(0).equals("off")) {
            throw d.error("\"" + d.name() + " " + d.arg(0) + "\" is not supported by hopyard");
        }
    }

    private static void accept(Loader loader, Scope scope, Directive d, Check check) throws ConfException {
        if (!scope.get(KEY).add(d.name())) {
            throw d.directiveError("is duplicate");
        }
        check.check(d);
    }

    private static void eventMethod(Directive d) throws ConfException {
        if (!Set.of("epoll", "poll", "select").contains(d.arg(0))) {
            throw d.error("invalid event type \"" + d.arg(0) + "\"");
        }
    }

    @Override
    public List<Command> commands() {
        return commands;
    }
}
