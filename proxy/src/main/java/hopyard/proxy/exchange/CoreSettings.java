package hopyard.proxy.exchange;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;
import static hopyard.proxy.conf.Context.SERVER_IF;

import hopyard.http.Lingering;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.io.ErrorLog;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The core module's settings of a location, which the engine itself reads. Times are in ms, sizes in bytes. */
public record CoreSettings(
        RootPath rootPath,
        Map<String, String> types,
        String defaultType,
        long clientMaxBodySize,
        long clientBodyBufferSize,
        BodyInFile bodyInFile,
        TempPath bodyPath,
        long clientHeaderTimeout,
        long clientBodyTimeout,
        long sendTimeout,
        Lingering.Mode lingeringClose,
        long lingeringTime,
        long lingeringTimeout,
        int keepaliveRequests,
        KeepaliveTimeout keepalive,
        long keepaliveTime,
        long keepaliveMinTimeout,
        Set<String> keepaliveDisable,
        boolean mergeSlashes,
        boolean ignoreInvalidHeaders,
        boolean underscoresInHeaders,
        HeaderBuffers headerBuffers,
        int maxHeaders,
        boolean serverTokens,
        boolean chunkedTransferEncoding,
        boolean absoluteRedirect,
        boolean portInRedirect,
        boolean serverNameInRedirect,
        ErrorLog errorLog,
        List<ErrorPage> errorPages,
        boolean recursiveErrors,
        String postAction,
        boolean msiePadding,
        boolean msieRefresh,
        Template limitRate,
        Template limitRateAfter,
        boolean etag,
        Preconditions.Comparison ifModifiedSince,
        boolean logNotFound,
        boolean logSubrequest,
        Integer mostRanges,
        Satisfy satisfy,
        long authDelay,
        boolean rewriteLog,
        boolean uninitializedVariableWarn,
        long temporaryFiles,
        long subrequestOutputBufferSize) {

    CoreSettings(SettingsReader in) {
        this(
                in.directive("root")
                        .otherwise("html")
                        .means("The directory that paths are looked for in.")
                        .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                        .and("alias")
                        .means("Puts another directory or file in the place of what the location has matched.")
                        .in(LOCATION)
                        .read(new CoreReaders.Root()),
                in.directive("types")
                        .byDefault("text/html html; image/gif gif; image/jpeg jpg;")
                        .means("The Content-Type by file name extension.")
                        .block()
                        .read(new CoreReaders.Types()),
                in.directive("default_type")
                        .byDefault("text/plain")
                        .means("The Content-Type of responses whose file name extension is unknown.")
                        .text(),
                in.directive("client_max_body_size")
                        .byDefault("1m")
                        .means("The largest request body that is accepted, others get 413; 0 is any.")
                        .offset(),
                in.directive("client_body_buffer_size")
                        .byDefault("16k")
                        .means("How much of a request body is kept in memory; the rest goes into a file.")
                        .note("for bodies that are read before they are sent on")
                        .size(),
                in.directive("client_body_in_file_only")
                        .byDefault("off")
                        .means("Whether every request body goes into a file, and whether that stays.")
                        .note("for bodies that are read before they are sent on")
                        .word(BodyInFile.class),
                in.directive("client_body_temp_path")
                        .otherwise("client_body_temp")
                        .means("Where request bodies are put that do not stay in memory.")
                        .note(
                                "without it, where the system has temporary files; directories are made when they are needed")
                        .args(1, 4)
                        .read(new TempPathReader()),
                in.directive("client_header_timeout")
                        .byDefault("60s")
                        .means("How long a client may take for its request header.")
                        .in(HTTP, SERVER)
                        .millis(),
                in.directive("client_body_timeout")
                        .byDefault("60s")
                        .means("How long to wait for the next bytes of a request body.")
                        .millis(),
                in.directive("send_timeout")
                        .byDefault("60s")
                        .means("How long a client may take no bytes of the response.")
                        .millis(),
                in.directive("lingering_close")
                        .byDefault("on")
                        .means(
                                "Whether the rest of a body is read and dropped before the connection is closed, so that the client can read the answer.")
                        .word(Lingering.Mode.class),
                in.directive("lingering_time")
                        .byDefault("30s")
                        .means("How long that may go on.")
                        .millis(),
                in.directive("lingering_timeout")
                        .byDefault("5s")
                        .means("How long to wait for more to drop.")
                        .millis(),
                in.directive("keepalive_requests")
                        .byDefault("1000")
                        .means("How many requests a connection may carry before it is closed; also in an upstream.")
                        .number(),
                in.directive("keepalive_timeout")
                        .byDefault("75s")
                        .means(
                                "How long an idle connection stays open, and what a Keep-Alive field says; also in an upstream (60s).")
                        .args(1, 2)
                        .read(new KeepaliveTimeout.Reader()),
                in.directive("keepalive_time")
                        .byDefault("1h")
                        .means("How old a connection may be at its last request; also in an upstream.")
                        .millis(),
                in.directive("keepalive_min_timeout")
                        .byDefault("0")
                        .means("How long an idle connection is kept at least when the server makes room or ends.")
                        .millis(),
                in.directive("keepalive_disable")
                        .byDefault("msie6")
                        .means("Browsers whose connections are not kept open.")
                        .args(1, 2)
                        .read(new CoreReaders.Browsers()),
                in.directive("merge_slashes")
                        .byDefault("on")
                        .means("Whether several slashes in a row count as one when a location is chosen.")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("ignore_invalid_headers")
                        .byDefault("on")
                        .means("Whether request fields with odd names are left out.")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("underscores_in_headers")
                        .byDefault("off")
                        .means("Whether request fields with underscores in their names are let in.")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("large_client_header_buffers")
                        .byDefault("4 8k")
                        .means("How many request header lines of which size are accepted; more is 414 or 400.")
                        .in(HTTP, SERVER)
                        .args(2, 2)
                        .read(new HeaderBuffers.Reader()),
                in.directive("max_headers")
                        .byDefault("1000")
                        .means("How many header lines a request may have; more is 400.")
                        .note("more than 1000 are 431 in any case")
                        .in(HTTP, SERVER)
                        .number(),
                in.directive("server_tokens")
                        .byDefault("on")
                        .means("Whether the version is told in the Server field and on error pages.")
                        .read(new CoreReaders.Tokens(), false),
                in.directive("chunked_transfer_encoding")
                        .byDefault("on")
                        .means("Whether responses of unknown length are sent in chunks.")
                        .flag(),
                in.directive("absolute_redirect")
                        .byDefault("on")
                        .means("Whether redirects that the server makes name scheme and host.")
                        .flag(),
                in.directive("port_in_redirect")
                        .byDefault("on")
                        .means("Whether they name the port.")
                        .flag(),
                in.directive("server_name_in_redirect")
                        .byDefault("off")
                        .means("Whether they name the server's first name rather than the host that was asked for.")
                        .flag(),
                in.directive("error_log")
                        .otherwise("logs/error.log error")
                        .means("Where errors are written, and from which level on.")
                        .note(
                                "files, `stderr` and `syslog:`, several at a time; not `memory:`, which is for debugging nginx itself")
                        .page("ngx_core_module")
                        .in(MAIN, HTTP, SERVER, LOCATION)
                        .args(1, Command.ANY)
                        .read(new CoreReaders.Log()),
                in.directive("error_page")
                        .means(
                                "What is answered in the place of an error: another path, a named location, a URL, another status.")
                        .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                        .args(2, Command.ANY)
                        .read(new CoreReaders.ErrorPages(), List.of()),
                in.directive("recursive_error_pages")
                        .byDefault("off")
                        .means("Whether an error on the way to an error page may lead to another one.")
                        .flag(),
                in.directive("post_action")
                        .means("The location that a request goes to as well when it has been answered.")
                        .note("without the request's body; the access log has the request once, as answered")
                        .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                        .text(),
                in.directive("msie_padding")
                        .byDefault("on")
                        .means("Whether error pages are made long enough for an old Internet Explorer to show them.")
                        .flag(),
                in.directive("msie_refresh")
                        .byDefault("off")
                        .means("Whether an old Internet Explorer is redirected by a page.")
                        .flag(),
                in.directive("limit_rate")
                        .otherwise("0")
                        .means("How many bytes a second a response is sent with; 0 is no limit.")
                        .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                        .read(new CoreReaders.Rate()),
                in.directive("limit_rate_after")
                        .otherwise("0")
                        .means("How much is sent at full speed first.")
                        .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                        .read(new CoreReaders.Rate()),
                in.directive("etag")
                        .byDefault("on")
                        .means("Whether files have an ETag.")
                        .flag(),
                in.directive("if_modified_since")
                        .byDefault("exact")
                        .means("How the date in If-Modified-Since is compared with the file's.")
                        .word(Preconditions.Comparison.class),
                in.directive("log_not_found")
                        .byDefault("on")
                        .means("Whether a file that is not there is logged as an error.")
                        .flag(),
                in.directive("log_subrequest")
                        .byDefault("off")
                        .means("Whether subrequests are written to the access log, too.")
                        .flag(),
                in.directive("max_ranges")
                        .means("How many parts of a file a request may ask for; 0 is none.")
                        .numberOrNull(),
                in.directive("satisfy")
                        .byDefault("all")
                        .means("Whether all kinds of rules have to let a client in, or any of them.")
                        .word(Satisfy.class),
                in.directive("auth_delay")
                        .byDefault("0s")
                        .means("How long a client that is not let in waits for its 401, which makes guessing slow.")
                        .millis(),
                in.directive("rewrite_log")
                        .byDefault("off")
                        .means("Whether the error log tells of rewriting, as notices.")
                        .page("ngx_http_rewrite_module")
                        .in(HTTP, SERVER, LOCATION, SERVER_IF, LOCATION_IF)
                        .flag(),
                in.directive("uninitialized_variable_warn")
                        .byDefault("on")
                        .means("Whether the log warns of variables that were never set.")
                        .page("ngx_http_rewrite_module")
                        .in(HTTP, SERVER, LOCATION, SERVER_IF, LOCATION_IF)
                        .flag(),
                in.directive("hop_temp_files")
                        .byDefault("1g")
                        .means("How much there may be in temporary files, of all clients together.")
                        .page("nginx.md")
                        .in(HTTP)
                        .offset(),
                in.directive("subrequest_output_buffer_size")
                        .byDefault("4k")
                        .means("How much a subrequest may answer whose answer is kept in memory.")
                        .size());
    }

    public static final Settings<CoreSettings> SETTINGS = Settings.of(CoreSettings::new);

    /**
     * The value of {@code root} or {@code alias}.
     *
     * @param aliased how many characters of a URI the path replaces; 0 for a {@code root}
     */
    record RootPath(Template path, int aliased) {

        /** An {@code alias} in a location with a regular expression, which names the whole file. */
        static final int WHOLE = Integer.MAX_VALUE;
    }

    /** The value of {@code satisfy}. */
    enum Satisfy {
        ALL,
        ANY
    }

    /** Returns the settings of a scope; complete once all levels are merged. */
    public static CoreSettings of(Scope scope) {
        return SETTINGS.of(scope);
    }

    /** Sets at the outermost level, unless it does so itself, the defaults that are only known at load. */
    public static void complete(Scope main, Template defaultRoot, ErrorLog defaultLog) {
        SETTINGS.put(main, "root", new RootPath(defaultRoot, 0));
        SETTINGS.put(main, "error_log", defaultLog);
    }

    /** Returns the path of {@code root} or {@code alias}. */
    public Template root() {
        return rootPath.path();
    }

    /** Whether {@link #root} replaces what a location has matched ({@code alias}). */
    public boolean isAlias() {
        return rootPath.aliased() > 0;
    }

    /** Returns {@code keepalive_timeout} in ms; 0 for no keep-alive. */
    public long keepaliveTimeout() {
        return keepalive.millis();
    }

    /** Returns the timeout of the {@code Keep-Alive} field, in seconds; 0 for no field. */
    public long keepaliveHeader() {
        return keepalive.toldSeconds();
    }

    /** Returns the longest line that {@code large_client_header_buffers} allows, in bytes. */
    public long largestHeaderLine() {
        return headerBuffers.size();
    }

    /** Returns how many lines of that size {@code large_client_header_buffers} allows. */
    public int largestHeaderCount() {
        return headerBuffers.count();
    }

    /** Returns {@code max_ranges}: how many ranges of a content a request may ask for. */
    public int maxRanges() {
        return mostRanges == null ? Integer.MAX_VALUE : mostRanges;
    }

    /** Whether one access rule is enough ({@code satisfy any}). */
    public boolean satisfiesAny() {
        return satisfy == Satisfy.ANY;
    }

    /** Returns how a connection is closed. */
    Lingering lingering() {
        return Lingering.of(lingeringClose, lingeringTime, lingeringTimeout);
    }

    /** Whether there is an {@code error_page} for a status code. */
    public boolean hasErrorPage(int status) {
        return errorPage(status) != null;
    }

    /** Returns the {@code error_page} for a status code; {@code null} if there is none. */
    ErrorPage errorPage(int status) {
        for (int i = 0; i < errorPages.size(); i++) {
            if (errorPages.get(i).status() == status) {
                return errorPages.get(i);
            }
        }
        return null;
    }

    /** Returns the media type for a file name or a URI, by its extension. */
    public String typeOf(String name) {
        int dot = name.lastIndexOf('.');
        if (dot > name.lastIndexOf('/')) {
            return types.getOrDefault(name.substring(dot + 1).toLowerCase(Locale.ROOT), defaultType);
        }
        return defaultType;
    }
}
