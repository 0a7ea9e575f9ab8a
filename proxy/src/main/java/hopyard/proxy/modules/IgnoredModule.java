package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.EVENTS;
import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Context;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.AcceptedDirectives.Check;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Directives that are accepted without effect, so that a production nginx.conf loads. Some tune parts of nginx that a
 * JVM does not have, such as hash tables, system calls and pools. Others are for features that Hopyard does without.
 * Their arguments are checked, so that a mistake is found here as in nginx.
 *
 * @see <a href="https://nginx.org/en/docs/dirindex.html">nginx: directives</a>
 */
final class IgnoredModule implements Module {

    private static final Set<Context> MAIN_ONLY = EnumSet.of(MAIN);
    private static final Set<Context> IN_EVENTS = EnumSet.of(EVENTS);
    private static final Set<Context> IN_HTTP = EnumSet.of(HTTP);
    private static final Set<Context> IN_SERVERS = EnumSet.of(HTTP, SERVER);
    private static final Set<Context> EVERYWHERE = EnumSet.of(HTTP, SERVER, LOCATION);

    private static final Set<Context> ALSO_IN_IF = EnumSet.of(HTTP, SERVER, LOCATION, LOCATION_IF);

    private final AcceptedDirectives accepted = new AcceptedDirectives();

    IgnoredModule() {
        accept("ngx_core_module", IN_EVENTS, Check.FLAG, """
                accept_mutex | off | Whether workers take turns to accept connections.
                multi_accept | off | Whether a worker accepts all waiting connections at once.
                """);
        accept("ngx_core_module", IN_EVENTS, Check.TIME, """
                accept_mutex_delay | 500ms | How long a worker waits for its turn to accept.
                """);
        accept("ngx_core_module", IN_EVENTS, Check.REPEATED, """
                debug_connection | | Writes debugging lines for the clients named only.
                """);
        accept("ngx_core_module", IN_EVENTS, Check.NUMBER, """
                epoll_events | 512 | How many events the system tells of at a time.
                worker_aio_requests | 32 | How many asynchronous reads a worker may have under way.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.DEBUG_POINTS, """
                debug_points | | What to do when the server finds an error in itself.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.ANYTHING, """
                lock_file | logs/nginx.lock | A file for locks where the system has no others.
                working_directory | | The directory that workers work in, where core files go.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.REPEATED, """
                env | TZ | Environment variables that workers keep.
                load_module | | Loads a module from a file.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.FLAG, """
                master_process | on | Whether workers are processes of their own.
                pcre_jit | off | Whether regular expressions are compiled to machine code.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.THREAD_POOL, 2, 3, """
                thread_pool | default threads=32 max_queue=65536 | Threads for reading files without blocking a worker.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.CPU_AFFINITY, 1, Command.ANY, """
                worker_cpu_affinity | | Binds workers to processors.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.SIZE, """
                worker_rlimit_core | | The largest core file of a worker.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.TIME, """
                timer_resolution | | How often the clock is asked, rather than at each event.
                """);
        accept("ngx_core_module", IN_EVENTS, Check.EVENT_METHOD, """
                use | | The way in which the system tells of events, such as epoll.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.SIGNED, """
                worker_priority | 0 | The priority of workers, as nice sets it.
                """);
        accept("ngx_core_module", MAIN_ONLY, Check.NUMBER, """
                worker_rlimit_nofile | | How many files a worker may have open.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.AIO, """
                aio | off | Whether files are read asynchronously.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.SIZE_OR_OFF, """
                directio | off | From which size on files are read past the system's cache.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.SIZE, """
                directio_alignment | 512 | How such reads are aligned.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.OPEN_FILE_CACHE, 1, 2, """
                open_file_cache | off | Remembers open files.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.FLAG, """
                aio_write | off | Whether files are written asynchronously.
                client_body_in_single_buffer | off | Whether a request body is kept in one piece.
                open_file_cache_errors | off | Whether it remembers that there is none, too.
                open_file_cache_events | off | Whether the system tells when they change.
                reset_timedout_connection | off | Whether connections that have timed out are reset.
                tcp_nodelay | on | Whether small packets are sent at once.
                tcp_nopush | off | Whether packets are filled before they are sent.
                """);
        accept("ngx_http_core_module", ALSO_IN_IF, Check.FLAG, """
                sendfile | off | Whether the system copies files to the socket by itself.
                """);
        accept("ngx_http_core_module", IN_SERVERS, Check.SIZE, """
                client_header_buffer_size | 1k | The first buffer for a request header.
                """);
        accept("ngx_http_core_module", IN_SERVERS, Check.POOL, """
                connection_pool_size | 512 | Memory that is taken for a connection at first.
                request_pool_size | 4k | Memory that is taken for a request at first.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.SIZE, """
                send_lowat | 0 | How much the system gathers before it sends; nginx, too, ignores it on Linux.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.NUMBER, """
                open_file_cache_min_uses | 1 | After how many uses a file is remembered.
                types_hash_bucket_size | 64 | The table of types.
                types_hash_max_size | 1024 | How large it may become.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.TIME, """
                open_file_cache_valid | 60s | How long that holds.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.COUNT_AND_SIZE, 2, 2, """
                output_buffers | 2 32k | Buffers for reading a file.
                """);
        accept("ngx_http_core_module", EVERYWHERE, Check.SIZE, """
                postpone_output | 1460 | How much is gathered before it is sent.
                read_ahead | 0 | How far the system reads ahead in a file.
                sendfile_max_chunk | 2m | How much of that at a time.
                """);
        accept("ngx_http_core_module", IN_HTTP, Check.NUMBER, """
                server_names_hash_bucket_size | 64 | The table of server names.
                server_names_hash_max_size | 512 | How large it may become.
                variables_hash_bucket_size | 64 | The table of variables.
                variables_hash_max_size | 1024 | How large it may become.
                """);
        accept("ngx_http_proxy_module", EVERYWHERE, Check.NUMBER, """
                proxy_headers_hash_bucket_size | 64 | The table of fields.
                proxy_headers_hash_max_size | 512 | How large it may become.
                """);
        accept("ngx_http_proxy_module", EVERYWHERE, Check.IGNORED_SIZE, """
                proxy_send_lowat | 0 | How much the system gathers before it sends.
                """);
        accept("ngx_http_fastcgi_module", EVERYWHERE, Check.IGNORED_SIZE, """
                fastcgi_send_lowat | 0 | How much the system gathers before it sends.
                """);
        accept("ngx_http_map_module", IN_HTTP, Check.NUMBER, """
                map_hash_bucket_size | 64 | The table of a map.
                map_hash_max_size | 2048 | How large it may become.
                """);
        accept("ngx_http_gunzip_module", EVERYWHERE, Check.COUNT_AND_SIZE, 2, 2, """
                gunzip_buffers | 32 4k | Buffers for decompressing.
                """);
        accept("ngx_http_gzip_module", EVERYWHERE, Check.COUNT_AND_SIZE, 2, 2, """
                gzip_buffers | 32 4k | Buffers for compressing.
                """);
        accept("ngx_http_gzip_module", EVERYWHERE, Check.ANYTHING, """
                gzip_hash | | Memory for compressing.
                gzip_window | | Memory for compressing.
                postpone_gzipping | 0 | How much is gathered before it is compressed.
                """);
        accept("ngx_http_gzip_module", EVERYWHERE, Check.FLAG, """
                gzip_no_buffer | off | Whether compressed bytes are sent at once.
                """);
        accept("ngx_http_mp4_module", EVERYWHERE, Check.SIZE, """
                mp4_buffer_size | 512K | Memory for reading an MP4 file.
                mp4_max_buffer_size | 10M | How large it may become.
                """);
        accept("ngx_http_mp4_module", EVERYWHERE, Check.FLAG, """
                mp4_start_key_frame | off | Whether a part of an MP4 file begins with a key frame.
                """);
    }

    private void accept(String page, Set<Context> contexts, Check check, String table) {
        accepted.add(page, contexts, check, 1, 1, table);
    }

    private void accept(String page, Set<Context> contexts, Check check, int min, int max, String table) {
        accepted.add(page, contexts, check, min, max, table);
    }

    @Override
    public Manual manual() {
        return new Manual("without effect", "ngx_core_module");
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
