package hopyard.proxy.forward;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Template;
import hopyard.proxy.upstream.UpstreamTls;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * How a location forwards: one field for each directive of the proxy module that the forwarding itself reads. A field is
 * {@code null} as long as its level has not set it.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html">ngx_http_proxy_module</a>
 */
public final class ForwardSettings {

    /** {@code proxy_http_version}: {@code 1.0} or {@code 1.1}. */
    public String httpVersion;

    /** {@code proxy_connect_timeout} in ms. */
    public Long connectTimeout;

    /** {@code proxy_send_timeout}: between two writes to the upstream, in ms. */
    public Long sendTimeout;

    /** {@code proxy_read_timeout}: between two reads from the upstream, in ms. */
    public Long readTimeout;

    /** {@code proxy_buffering}: whether to gather the response before sending it on. */
    public Boolean buffering;

    /** {@code proxy_request_buffering}: whether to read the whole request body before connecting. */
    public Boolean requestBuffering;

    /** {@code proxy_buffer_size}: the largest response header, in bytes. */
    public Long bufferSize;

    /** {@code proxy_max_temp_file_size} in bytes; 0 for no temporary file. */
    public Long maxTempFileSize;

    /** {@code proxy_next_upstream}: in which cases the next peer is tried. */
    public Set<NextUpstream> nextUpstream;

    /** {@code proxy_next_upstream_tries}: at most how many peers; 0 for all. */
    public Integer tries;

    /** {@code proxy_next_upstream_timeout}: for how long another may be tried, in ms; 0 for ever. */
    public Long nextUpstreamTimeout;

    /** {@code proxy_intercept_errors}: whether an upstream's error gives way to a configured error page. */
    public Boolean interceptErrors;

    /** {@code proxy_ignore_headers}: fields of the response that are not obeyed. */
    public Set<HttpString> ignoredHeaders;

    /** {@code proxy_ignore_client_abort}: whether a client that goes away changes nothing. */
    public Boolean ignoreClientAbort;

    /** {@code proxy_limit_rate}: how fast the response is read, in bytes per second; 0 for no limit. */
    public Long limitRate;

    /** {@code proxy_force_ranges}: whether parts of the response are given though the upstream says nothing of them. */
    public Boolean forceRanges;

    /** {@code proxy_bind}: the address that connections come from; empty for the system's choice. */
    public Template bind;

    /** {@code proxy_socket_keepalive}: whether the system probes idle connections. */
    public Boolean socketKeepalive;

    /** {@code proxy_store}: which file a response is kept in; {@code null} for none. */
    public Function<Exchange, Path> store;

    /** {@code proxy_store_access}. */
    public Set<PosixFilePermission> storeAccess;

    /** How TLS is spoken with the upstream; {@code null} if it is not. */
    public UpstreamTls tls;

    /** {@code proxy_ssl_name}: the name that the upstream's certificate is for. */
    public Template tlsName;

    /** {@code proxy_set_body}. */
    public Template body;

    /** {@code proxy_pass_request_body}. */
    public Boolean passRequestBody;

    /** {@code proxy_cookie_domain}, {@code _path} and {@code _flags}. */
    public CookieRules cookies;

    /** What is done to the response's header; made when all levels are known. */
    public HeaderRules headerRules;

    /** Takes what is not set here from the level around. */
    public void inherit(ForwardSettings outer) {
        httpVersion = Inherited.or(httpVersion, outer.httpVersion);
        connectTimeout = Inherited.or(connectTimeout, outer.connectTimeout);
        sendTimeout = Inherited.or(sendTimeout, outer.sendTimeout);
        readTimeout = Inherited.or(readTimeout, outer.readTimeout);
        buffering = Inherited.or(buffering, outer.buffering);
        requestBuffering = Inherited.or(requestBuffering, outer.requestBuffering);
        bufferSize = Inherited.or(bufferSize, outer.bufferSize);
        maxTempFileSize = Inherited.or(maxTempFileSize, outer.maxTempFileSize);
        nextUpstream = Inherited.or(nextUpstream, outer.nextUpstream);
        tries = Inherited.or(tries, outer.tries);
        nextUpstreamTimeout = Inherited.or(nextUpstreamTimeout, outer.nextUpstreamTimeout);
        interceptErrors = Inherited.or(interceptErrors, outer.interceptErrors);
        ignoredHeaders = Inherited.or(ignoredHeaders, outer.ignoredHeaders);
        ignoreClientAbort = Inherited.or(ignoreClientAbort, outer.ignoreClientAbort);
        limitRate = Inherited.or(limitRate, outer.limitRate);
        forceRanges = Inherited.or(forceRanges, outer.forceRanges);
        bind = Inherited.or(bind, outer.bind);
        socketKeepalive = Inherited.or(socketKeepalive, outer.socketKeepalive);
        body = Inherited.or(body, outer.body);
        store = Inherited.or(store, outer.store);
        storeAccess = Inherited.or(storeAccess, outer.storeAccess);
        passRequestBody = Inherited.or(passRequestBody, outer.passRequestBody);
    }

    /** Gives what no level has set nginx's defaults. */
    public void useDefaults() {
        httpVersion = Inherited.orDefault(httpVersion, "1.0");
        connectTimeout = Inherited.orDefault(connectTimeout, 60_000L);
        sendTimeout = Inherited.orDefault(sendTimeout, 60_000L);
        readTimeout = Inherited.orDefault(readTimeout, 60_000L);
        buffering = Inherited.orDefault(buffering, true);
        requestBuffering = Inherited.orDefault(requestBuffering, true);
        bufferSize = Inherited.orDefault(bufferSize, 4096L);
        maxTempFileSize = Inherited.orDefault(maxTempFileSize, 1L << 30);
        nextUpstream = Inherited.orDefault(nextUpstream, EnumSet.of(NextUpstream.ERROR, NextUpstream.TIMEOUT));
        tries = Inherited.orDefault(tries, 0);
        nextUpstreamTimeout = Inherited.orDefault(nextUpstreamTimeout, 0L);
        interceptErrors = Inherited.orDefault(interceptErrors, false);
        ignoredHeaders = Inherited.orDefault(ignoredHeaders, Set.of());
        ignoreClientAbort = Inherited.orDefault(ignoreClientAbort, false);
        limitRate = Inherited.orDefault(limitRate, 0L);
        forceRanges = Inherited.orDefault(forceRanges, false);
        socketKeepalive = Inherited.orDefault(socketKeepalive, false);
        storeAccess = Inherited.orDefault(
                storeAccess, Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        passRequestBody = Inherited.orDefault(passRequestBody, true);
        cookies = Inherited.orDefault(cookies, new CookieRules(List.of(), List.of(), List.of()));
    }

    /** The same with TLS. */
    public ForwardSettings withTls(UpstreamTls with) {
        ForwardSettings out = new ForwardSettings();
        out.inherit(this);
        out.tls = with;
        out.tlsName = tlsName;
        out.cookies = cookies;
        out.headerRules = headerRules;
        return out;
    }

    /** Whether the content of a request is read whole before anything else is done with it. */
    boolean readsBodyFirst(Exchange exchange) {
        // HTTP/1.0 has no chunks: content of unknown length has to be there before it can be sent
        return requestBuffering
                || body != null
                || !passRequestBody
                || exchange.header(Headers.CONTENT_LENGTH) == null && !isHttp11();
    }

    /** Whom the upstream's certificate is for. */
    String tlsName(Exchange exchange) {
        return tlsName.eval(exchange).replaceFirst(":[0-9]*$", "");
    }

    boolean isHttp11() {
        return httpVersion.equals("1.1");
    }

    /** See {@link #httpVersion}. */
    public String httpVersion() {
        return httpVersion;
    }

    /** See {@link #connectTimeout}. */
    public Long connectTimeout() {
        return connectTimeout;
    }

    /** See {@link #sendTimeout}. */
    public Long sendTimeout() {
        return sendTimeout;
    }

    /** See {@link #readTimeout}. */
    public Long readTimeout() {
        return readTimeout;
    }

    /** See {@link #buffering}. */
    public Boolean buffering() {
        return buffering;
    }

    /** See {@link #requestBuffering}. */
    public Boolean requestBuffering() {
        return requestBuffering;
    }

    /** See {@link #bufferSize}. */
    public Long bufferSize() {
        return bufferSize;
    }

    /** See {@link #maxTempFileSize}. */
    public Long maxTempFileSize() {
        return maxTempFileSize;
    }

    /** See {@link #nextUpstream}. */
    public Set<NextUpstream> nextUpstream() {
        return nextUpstream;
    }

    /** See {@link #tries}. */
    public Integer tries() {
        return tries;
    }

    /** See {@link #nextUpstreamTimeout}. */
    public Long nextUpstreamTimeout() {
        return nextUpstreamTimeout;
    }

    /** See {@link #interceptErrors}. */
    public Boolean interceptErrors() {
        return interceptErrors;
    }

    /** See {@link #ignoredHeaders}. */
    public Set<HttpString> ignoredHeaders() {
        return ignoredHeaders;
    }

    /** See {@link #ignoreClientAbort}. */
    public Boolean ignoreClientAbort() {
        return ignoreClientAbort;
    }

    /** See {@link #limitRate}. */
    public Long limitRate() {
        return limitRate;
    }

    /** See {@link #forceRanges}. */
    public Boolean forceRanges() {
        return forceRanges;
    }

    /** See {@link #bind}. */
    public Template bind() {
        return bind;
    }

    /** See {@link #socketKeepalive}. */
    public Boolean socketKeepalive() {
        return socketKeepalive;
    }

    /** See {@link #store}. */
    public Function<Exchange, Path> store() {
        return store;
    }

    /** See {@link #storeAccess}. */
    public Set<PosixFilePermission> storeAccess() {
        return storeAccess;
    }

    /** See {@link #tls}. */
    public UpstreamTls tls() {
        return tls;
    }

    /** See {@link #body}. */
    public Template body() {
        return body;
    }

    /** See {@link #passRequestBody}. */
    public Boolean passRequestBody() {
        return passRequestBody;
    }

    /** See {@link #cookies}. */
    public CookieRules cookies() {
        return cookies;
    }

    /** See {@link #headerRules}. */
    public HeaderRules headerRules() {
        return headerRules;
    }
}
