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
 * nginx's module for apps that speak gRPC. Its settings load, because people have them beside {@code proxy_pass};
 * nothing is ever passed on in this protocol, so they do nothing. What would pass a request on is refused.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_grpc_module.html">ngx_http_grpc_module</a>
 */
final class GrpcModule implements Module {

    private static final Set<Context> EVERYWHERE = EnumSet.of(HTTP, SERVER, LOCATION);

    private static final String NAME = "grpc";
    private static final String TITLE = "gRPC";
    private static final String PAGE = "ngx_http_grpc_module";

    private final AcceptedDirectives accepted = new AcceptedDirectives();

    GrpcModule() {
        connections();
        tls();
        accept(Check.REPEATED, 2, 2, """
                *_set_header | | A field that the app gets.
                """);
    }

    /** How an app is reached, and which of its fields are passed on. */
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
        accepted.add(PAGE, EVERYWHERE, check, min, max, filledIn(table));
    }

    private String filledIn(String table) {
        return table.replace("*", NAME);
    }

    @Override
    public Manual manual() {
        return new Manual(TITLE, PAGE);
    }

    @Override
    public List<String> standsFor() {
        return List.of();
    }

    @Override
    public List<Command> commands() {
        List<Command> commands = new ArrayList<>(accepted.commands());
        commands.add(Command.simple(
                        NAME + "_pass",
                        1,
                        (loader, scope, d) -> {
                            throw d.directiveError("is not supported by hopyard, which does not speak " + TITLE
                                    + ": have the app speak HTTP, and use \"proxy_pass\"");
                        },
                        LOCATION,
                        LOCATION_IF)
                .means("Would pass requests on in this protocol.")
                .note("refused: have the app speak HTTP, and use `proxy_pass`"));
        return commands;
    }
}
