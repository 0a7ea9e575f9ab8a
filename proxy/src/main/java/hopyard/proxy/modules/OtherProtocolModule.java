package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Context;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.AcceptedDirectives.Check;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * nginx's modules for apps that do not speak HTTP/1.1: FastCGI, uwsgi, SCGI, gRPC. Their settings load, because people
 * have them beside {@code proxy_pass}; nothing is ever passed on in these protocols, so they do nothing. What would
 * pass a request on is refused.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html">ngx_http_fastcgi_module</a>
 */
final class OtherProtocolModule implements Module {

    private static final Set<Context> EVERYWHERE = EnumSet.of(HTTP, SERVER, LOCATION);

    private final String name;
    private final String title;
    private final String page;
    private final AcceptedDirectives accepted = new AcceptedDirectives();

    private OtherProtocolModule(String name, String title) {
        this.name = name;
        this.title = title;
        page = "ngx_http_" + name + "_module";
        connections();
    }

    static OtherProtocolModule fastcgi() {
        OtherProtocolModule module = new OtherProtocolModule("fastcgi", "FastCGI");
        module.responses();
        module.parameters();
        module.accept(Check.ANYTHING, 1, 1, """
                *_index | | The file that stands for a URI that ends with a slash.
                *_split_path_info | | Takes the script's name and the path behind it from the URI.
                """);
        module.accept(Check.REPEATED, 1, 1, """
                *_catch_stderr | | What an app writes to its standard error makes its response invalid.
                """);
        module.accept(Check.FLAG, 1, 1, """
                *_keep_conn | off | Whether the app is asked to keep connections open.
                """);
        module.accept(Check.IGNORED_SIZE, 1, 1, """
                *_send_lowat | 0 | How much the system gathers before it sends.
                """);
        return module;
    }

    static OtherProtocolModule uwsgi() {
        OtherProtocolModule module = new OtherProtocolModule("uwsgi", "uwsgi");
        module.responses();
        module.parameters();
        module.tls();
        module.accept(Check.NUMBER, 1, 1, """
                *_modifier1 | 0 | A number that tells the kind of a request.
                *_modifier2 | 0 | Another one.
                """);
        module.accept(Check.ANYTHING, 1, 1, """
                *_string | | Code that the app runs.
                """);
        return module;
    }

    static OtherProtocolModule scgi() {
        OtherProtocolModule module = new OtherProtocolModule("scgi", "SCGI");
        module.responses();
        module.parameters();
        return module;
    }

    static OtherProtocolModule grpc() {
        OtherProtocolModule module = new OtherProtocolModule("grpc", "gRPC");
        module.tls();
        module.accept(Check.REPEATED, 2, 2, """
                *_set_header | | A field that the app gets.
                """);
        return module;
    }

    /** What all of them have: how an app is reached, and which of its fields are passed on. */
    private void connections() {
        accept(Check.ANYTHING, 1, 2, """
                *_bind | | The local address that connections to the app come from.
                """);
        accept(Check.FLAG, 1, 1, """
                *_intercept_errors | off | Whether error_page is for the app's errors, too.
                *_socket_keepalive | off | Whether the system probes idle connections to the app.
                """);
        accept(Check.SIZE, 1, 1, """
                *_buffer_size | 4k | How large the app's response header may be.
                *_socket_rcvbuf | 0 | The system's buffer for receiving.
                *_socket_sndbuf | 0 | The system's buffer for sending.
                """);
        accept(Check.TIME, 1, 1, """
                *_connect_timeout | 60s | How long connecting may take.
                *_next_upstream_timeout | 0 | For how long other servers may be asked.
                *_read_timeout | 60s | How long the app may be silent.
                *_send_timeout | 60s | How long the app may take no bytes of the request.
                """);
        accept(Check.NUMBER, 1, 1, """
                *_next_upstream_tries | 0 | How many servers may be asked.
                """);
        accept(Check.ANYTHING, 1, Command.ANY, """
                *_ignore_headers | | Fields of the app's response that are not obeyed.
                *_next_upstream | error timeout | In which cases the next server is asked.
                """);
        accept(Check.REPEATED, 1, 1, """
                *_hide_header | | A field of the app's response that the client does not get.
                *_pass_header | | A field of the app's response that the client gets though it is usually hidden.
                """);
    }

    /** Buffering, caching and storing of responses. */
    private void responses() {
        accept(Check.FLAG, 1, 1, """
                *_buffering | on | Whether responses are read as fast as the app sends them.
                *_cache_background_update | off | Whether old responses are renewed behind the client's back.
                *_cache_lock | off | Whether one request at a time fetches a response.
                *_cache_revalidate | off | Whether old responses are asked for with conditions.
                *_force_ranges | off | Whether parts of a response are given out though the app says nothing of them.
                *_ignore_client_abort | off | Whether the app is left to finish when the client goes away.
                *_pass_request_body | on | Whether the app gets the body.
                *_pass_request_headers | on | Whether the app gets the client's fields.
                *_request_buffering | on | Whether the whole request body is read before the app is asked.
                """);
        accept(Check.COUNT_AND_SIZE, 2, 2, """
                *_buffers | 8 4k | Buffers for a response.
                """);
        accept(Check.SIZE, 1, 1, """
                *_busy_buffers_size | 8k | How many of them may be on their way to the client.
                *_cache_max_range_offset | | Up to where ranges are taken from the cache.
                *_max_temp_file_size | 1024m | How much of a response goes into a file.
                *_temp_file_write_size | 8k | How much is written to it at a time.
                """);
        accept(Check.TIME, 1, 1, """
                *_cache_lock_age | 5s | When the next request fetches, too.
                *_cache_lock_timeout | 5s | How long the others wait.
                """);
        accept(Check.NUMBER, 1, 1, """
                *_cache_min_uses | 1 | After how many requests a response is kept.
                """);
        accept(Check.ANYTHING, 1, 1, """
                *_cache | off | The zone that responses are kept in.
                *_cache_key | | What a kept response is found by.
                *_limit_rate | 0 | How many bytes a second are read of a response.
                *_store | off | Keeps responses as files, for good.
                """);
        accept(Check.REPEATED, 1, Command.ANY, """
                *_cache_bypass | | When a response is not taken from the cache.
                *_cache_valid | | How long responses are kept.
                *_no_cache | | When a response is not kept.
                """);
        accept(Check.ANYTHING, 1, Command.ANY, """
                *_cache_methods | GET HEAD | The methods whose responses are kept.
                *_cache_use_stale | off | When an old response is better than none.
                """);
        accept(Check.ANYTHING, 1, 3, """
                *_store_access | user:rw | Who may read and write stored files.
                """);
        accept(Check.ANYTHING, 1, 4, """
                *_temp_path | *_temp | Where temporary files are put.
                """);
        accepted.add(page, EnumSet.of(HTTP), Check.REPEATED, 2, Command.ANY, filledIn("""
                *_cache_path | | A directory for kept responses.
                """));
    }

    private void parameters() {
        accept(Check.REPEATED, 2, 3, """
                *_param | | A parameter that the app gets.
                """);
    }

    private void tls() {
        accept(Check.FLAG, 1, 1, """
                *_ssl_server_name | off | Whether the app is told the name of the server that is wanted.
                *_ssl_session_reuse | on | Whether TLS sessions are taken up again.
                *_ssl_verify | off | Whether the app's certificate is verified.
                """);
        accept(Check.NUMBER, 1, 1, """
                *_ssl_verify_depth | 1 | How long its chain of certificates may be.
                """);
        accept(Check.ANYTHING, 1, 1, """
                *_ssl_certificate | | The certificate that is shown to the app.
                *_ssl_certificate_key | | The key of that certificate.
                *_ssl_ciphers | DEFAULT | The ciphers that are offered.
                *_ssl_crl | | Certificates that have been revoked.
                *_ssl_name | | The name that the app's certificate must have.
                *_ssl_password_file | | Pass phrases of keys.
                *_ssl_trusted_certificate | | Who may vouch for the app.
                """);
        accept(Check.ANYTHING, 1, Command.ANY, """
                *_ssl_certificate_cache | off | Remembers certificates whose names have variables.
                *_ssl_protocols | TLSv1.2 TLSv1.3 | The versions of TLS that are spoken.
                """);
        accept(Check.REPEATED, 2, 2, """
                *_ssl_conf_command | | A command for OpenSSL.
                """);
    }

    private void accept(Check check, int min, int max, String table) {
        accepted.add(page, EVERYWHERE, check, min, max, filledIn(table));
    }

    private String filledIn(String table) {
        return table.replace("*", name);
    }

    @Override
    public Manual manual() {
        return new Manual(title, page);
    }

    @Override
    public List<String> standsFor() {
        return List.of();
    }

    @Override
    public List<Command> commands() {
        List<Command> commands = new ArrayList<>(accepted.commands());
        commands.add(Command.simple(
                        name + "_pass",
                        1,
                        (loader, scope, d) -> {
                            throw d.directiveError("is not supported by hopyard, which does not speak " + title
                                    + ": have the app speak HTTP, and use \"proxy_pass\"");
                        },
                        LOCATION,
                        LOCATION_IF)
                .means("Would pass requests on in this protocol.")
                .note("refused: have the app speak HTTP, and use `proxy_pass`"));
        return commands;
    }
}
