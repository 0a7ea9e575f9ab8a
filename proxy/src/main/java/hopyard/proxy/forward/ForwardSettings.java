package hopyard.proxy.forward;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.TempPath;
import hopyard.proxy.exchange.TempPathReader;
import hopyard.proxy.exchange.Template;
import io.undertow.util.HttpString;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.function.Function;

/**
 * How a location forwards: the directives that the forwarding itself reads, which each module that passes requests on
 * has under its own name. Times are in ms, sizes in bytes.
 *
 * @param tries how many peers may be tried; 0 for all
 * @param nextUpstreamTimeout for how long further peers may be tried; 0 for ever
 * @param maxTempFileSize 0 for no temporary file
 * @param limitRate in bytes per second; 0 for no limit
 * @param bind empty for the system's choice
 * @param store which file a response is kept in; {@code null} for none
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html">ngx_http_proxy_module</a>
 */
public record ForwardSettings(
        long connectTimeout,
        long sendTimeout,
        long readTimeout,
        boolean buffering,
        boolean requestBuffering,
        long bufferSize,
        long maxTempFileSize,
        TempPath tempPath,
        Set<NextUpstream> nextUpstream,
        int tries,
        long nextUpstreamTimeout,
        boolean interceptErrors,
        Set<HttpString> ignoredHeaders,
        boolean ignoreClientAbort,
        long limitRate,
        boolean forceRanges,
        Template bind,
        boolean socketKeepalive,
        boolean passRequestBody,
        Function<Exchange, Path> store,
        Set<PosixFilePermission> storeAccess) {

    private ForwardSettings(SettingsReader in, boolean isHttp) {
        this(
                in.directive("*_connect_timeout")
                        .byDefault("60s")
                        .means("How long connecting to the upstream may take; then it is 504.")
                        .millis(),
                in.directive("*_send_timeout")
                        .byDefault("60s")
                        .means("How long the app may take no bytes of the request.")
                        .millis(),
                in.directive("*_read_timeout")
                        .byDefault("60s")
                        .means(
                                "How long the app may be silent; before its response that is 504, later the end of the connection.")
                        .millis(),
                in.directive("*_buffering")
                        .byDefault("on")
                        .means(
                                "Whether the response is read as fast as the app sends it and kept for the client, so that slow clients do not hold the app.")
                        .flag(),
                in.directive("*_request_buffering")
                        .byDefault("on")
                        .means("Whether the whole request body is read before the app is asked.")
                        .flag(),
                in.directive("*_buffer_size")
                        .byDefault("4k")
                        .means("How large an upstream's response header may be; a larger one is 502.")
                        .size(),
                in.directive("*_max_temp_file_size")
                        .byDefault("1024m")
                        .means("How much of a response goes into a file when the client is slow; 0 is none.")
                        .size(),
                in.directive("*_temp_path")
                        .otherwise(in.named("*_temp"))
                        .means("Where responses are put that do not stay in memory.")
                        .note(
                                "without it, where the system has temporary files; directories are made when they are needed")
                        .args(1, 4)
                        .read(new TempPathReader()),
                in.directive("*_next_upstream")
                        .byDefault("error timeout")
                        .means("In which cases the next server of the group is asked.")
                        .args(1, Command.ANY)
                        .read(new ForwardReaders.Cases(isHttp, true)),
                in.directive("*_next_upstream_tries")
                        .byDefault("0")
                        .means("How many may be asked; 0 is all.")
                        .number(),
                in.directive("*_next_upstream_timeout")
                        .byDefault("0")
                        .means("For how long others may be asked; 0 is no limit.")
                        .millis(),
                in.directive("*_intercept_errors")
                        .byDefault("off")
                        .means("Whether error_page is for the app's errors, too.")
                        .flag(),
                in.directive("*_ignore_headers")
                        .means("Fields of the app's response that the proxy does not obey, such as Cache-Control.")
                        .args(1, Command.ANY)
                        .read(new ForwardReaders.Ignored(), Set.of()),
                in.directive("*_ignore_client_abort")
                        .byDefault("off")
                        .means("Whether the app is left to finish when the client goes away.")
                        .flag(),
                in.directive("*_limit_rate")
                        .byDefault("0")
                        .means("How many bytes a second are read of a response; 0 is no limit.")
                        .size(),
                in.directive("*_force_ranges")
                        .byDefault("off")
                        .means("Whether parts of a response are given out though the app says nothing of them.")
                        .flag(),
                in.directive("*_bind")
                        .means("The local address that connections to the upstream come from.")
                        .note("without `transparent`")
                        .args(1, 2)
                        .read(new ForwardReaders.Bind()),
                in.directive("*_socket_keepalive")
                        .byDefault("off")
                        .means("Whether the system probes idle connections to the upstream.")
                        .flag(),
                in.directive("*_pass_request_body")
                        .byDefault("on")
                        .means("Whether the app gets the body.")
                        .flag(),
                in.directive("*_store")
                        .otherwise("off")
                        .means("Keeps responses as files, for good.")
                        .read(new ForwardReaders.Store()),
                in.directive("*_store_access")
                        .byDefault("user:rw")
                        .means("Who may read and write these files.")
                        .args(1, 3)
                        .read(new FileAccess()));
    }

    /**
     * Returns the settings of a module.
     *
     * @param module what the names of its directives begin with
     * @param isHttp whether it speaks HTTP, so that an app may answer as a gateway (502, 504)
     */
    public static Settings<ForwardSettings> of(String module, boolean isHttp) {
        return Settings.of(module, in -> new ForwardSettings(in, isHttp));
    }
}
