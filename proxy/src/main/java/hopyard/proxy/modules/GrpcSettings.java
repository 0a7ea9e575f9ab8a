package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.AccelHeaders;
import hopyard.proxy.forward.ForwardReaders;
import hopyard.proxy.forward.ForwardSettings;
import hopyard.proxy.forward.NextUpstream;
import io.undertow.util.HttpString;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a location says about passing requests on over HTTP/2. Times are in ms, sizes in bytes.
 *
 * @param hide fields of responses that the client does not get
 * @param pass fields of responses that it gets though they are usually hidden
 */
record GrpcSettings(
        List<SetHeader> headers,
        Set<HttpString> hide,
        Set<HttpString> pass,
        Template bind,
        boolean socketKeepalive,
        long connectTimeout,
        long sendTimeout,
        long readTimeout,
        long bufferSize,
        Set<NextUpstream> nextUpstream,
        int tries,
        long nextUpstreamTimeout,
        boolean interceptErrors,
        Set<HttpString> ignoredHeaders) {

    static final Settings<GrpcSettings> SETTINGS = Settings.of(GrpcSettings::new);

    private GrpcSettings(SettingsReader in) {
        this(
                in.directive("grpc_set_header")
                        .means("A field that the app gets; one line here takes all outer ones away.")
                        .args(2, 2)
                        .read(new SetHeader.Reader(), List.of()),
                in.directive("grpc_hide_header")
                        .means("A field of the app's response that the client does not get.")
                        .read(new PassFamily.FieldNames(), Set.of()),
                in.directive("grpc_pass_header")
                        .means(
                                "A field of the app's response that the client gets though it is one of those that are hidden.")
                        .read(new PassFamily.FieldNames(), Set.of()),
                in.directive("grpc_bind")
                        .means("The local address that connections to the app come from.")
                        .note("without `transparent`")
                        .args(1, 2)
                        .read(new ForwardReaders.Bind()),
                in.directive("grpc_socket_keepalive")
                        .byDefault("off")
                        .means("Whether the system probes idle connections to the app.")
                        .flag(),
                in.directive("grpc_connect_timeout")
                        .byDefault("60s")
                        .means("How long connecting to the app may take; then it is 504.")
                        .millis(),
                in.directive("grpc_send_timeout")
                        .byDefault("60s")
                        .means("How long the app may take nothing of the request.")
                        .millis(),
                in.directive("grpc_read_timeout")
                        .byDefault("60s")
                        .means(
                                "How long the app may be silent; before its response that is 504, later the end of the stream.")
                        .millis(),
                in.directive("grpc_buffer_size")
                        .byDefault("4k")
                        .means("How large the header of the app's response may be; a larger one is 502.")
                        .size(),
                in.directive("grpc_next_upstream")
                        .byDefault("error timeout")
                        .means("In which cases the next server of the group is asked.")
                        .args(1, Command.ANY)
                        .read(new ForwardReaders.Cases(true, false)),
                in.directive("grpc_next_upstream_tries")
                        .byDefault("0")
                        .means("How many may be asked; 0 is all.")
                        .number(),
                in.directive("grpc_next_upstream_timeout")
                        .byDefault("0")
                        .means("For how long others may be asked; 0 is no limit.")
                        .millis(),
                in.directive("grpc_intercept_errors")
                        .byDefault("off")
                        .means("Whether error_page is for the app's errors, too.")
                        .flag(),
                in.directive("grpc_ignore_headers")
                        .means("Fields of the app's response that are not obeyed.")
                        .args(1, Command.ANY)
                        .read(new ForwardReaders.Ignored(), Set.of()));
    }

    /**
     * Returns them as those of the proxy module. What nginx has no directive for is as in nginx: nothing is buffered.
     */
    ForwardSettings forForward() {
        Set<HttpString> ignored = new HashSet<>(ignoredHeaders);
        ignored.add(AccelHeaders.BUFFERING);
        return new ForwardSettings(
                connectTimeout,
                sendTimeout,
                readTimeout,
                false,
                false,
                bufferSize,
                0,
                null,
                nextUpstream,
                tries,
                nextUpstreamTimeout,
                interceptErrors,
                ignored,
                false,
                0,
                false,
                bind,
                socketKeepalive,
                true,
                null,
                Set.of());
    }
}
