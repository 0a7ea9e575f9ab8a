package hopyard.proxy.http;

import hopyard.http.Lingering;
import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the core module knows about a location: the settings that the engine itself reads. */
public final class CoreSettings {

    public static final Scope.Key<CoreSettings> KEY = new Scope.Key<>(CoreSettings::new);

    /** {@code root} or {@code alias}; the default is {@code html} under the prefix. */
    public Template root;

    /** Whether {@link #root} replaces the location's prefix ({@code alias}). */
    public boolean isAlias;

    /** {@code types}: media type by file name extension, in lower case. */
    public Map<String, String> types;

    /** {@code default_type}. */
    public String defaultType;

    /** {@code client_max_body_size} in bytes; 0 is no limit. */
    public Long clientMaxBodySize;

    /** {@code client_body_buffer_size} in bytes. */
    public Long clientBodyBufferSize;

    /** {@code hop_temp_files}: how much there may be in temporary files of the whole server, in bytes. */
    public Long temporaryFiles;

    /** {@code keepalive_timeout} in ms; 0 is no keep-alive. */
    public Long keepaliveTimeout;

    /** {@code client_header_timeout} in ms. */
    public Long clientHeaderTimeout;

    /** {@code client_body_timeout} in ms. */
    public Long clientBodyTimeout;

    /** {@code send_timeout} in ms. */
    public Long sendTimeout;

    /** {@code lingering_close}. */
    public Lingering.Mode lingeringClose;

    /** {@code lingering_time} in ms. */
    public Long lingeringTime;

    /** {@code lingering_timeout} in ms. */
    public Long lingeringTimeout;

    /** The three of them. */
    Lingering lingering;

    /** {@code error_log}. */
    public ErrorLog errorLog;

    /** {@code error_page}, in the order of the file; {@code null} if there is none. */
    public List<ErrorPage> errorPages;

    /** {@code absolute_redirect}: whether a redirect names scheme and host. */
    public Boolean absoluteRedirect;

    /** {@code port_in_redirect}: whether it names the port. */
    public Boolean portInRedirect;

    /** {@code server_name_in_redirect}: whether it names the server's first name instead of the host asked for. */
    public Boolean serverNameInRedirect;

    /** {@code merge_slashes}, of a server's own level. */
    public Boolean mergeSlashes;

    /** {@code keepalive_requests}: how many requests a client's connection may carry. */
    public Integer keepaliveRequests;

    /** {@code etag}: whether files have an entity tag. */
    public Boolean etag;

    /** {@code max_ranges}: how many parts of a content a request may ask for. */
    public Integer maxRanges;

    /** {@code if_modified_since}: how dates are compared. */
    public Preconditions.Comparison ifModifiedSince;

    /** {@code limit_rate} in bytes per second; {@code null} or 0 for no limit. */
    public Template limitRate;

    /** {@code limit_rate_after} in bytes. */
    public Template limitRateAfter;

    /** What a {@code Keep-Alive: timeout} field says, in seconds; 0 for none. */
    public Long keepaliveHeader;

    /** {@code keepalive_disable}: browsers whose connections are not kept. */
    public Set<String> keepaliveDisable;

    /** {@code chunked_transfer_encoding}. */
    public Boolean chunkedTransferEncoding;

    /** {@code ignore_invalid_headers}, of a server's own level. */
    public Boolean ignoreInvalidHeaders;

    /** {@code underscores_in_headers}, of a server's own level. */
    public Boolean underscoresInHeaders;

    /** The longest line that {@code large_client_header_buffers} lets in, in bytes. */
    public Long largestHeaderLine;

    /** How many lines of that size {@code large_client_header_buffers} lets in. */
    public Integer largestHeaderCount;

    /** {@code msie_padding}. */
    public Boolean msiePadding;

    /** {@code rewrite_log}: whether the log tells what was rewritten. */
    public Boolean rewriteLog;

    /** {@code uninitialized_variable_warn}. */
    public Boolean uninitializedVariableWarn;

    /** {@code log_not_found}: whether a file that is not there is an error to be logged. */
    public Boolean logNotFound;

    /** {@code server_tokens}: whether the server tells its version. */
    public Boolean serverTokens;

    /** {@code satisfy any}: whether one rule of access is enough. */
    public Boolean satisfiesAny;

    /** {@code recursive_error_pages}. */
    public Boolean recursiveErrors;

    /** The locations inside of this level. */
    public final List<Scope> locations = new ArrayList<>();

    /** This level as the compiler sees it; set on locations and servers. */
    public Location location;

    /** Takes what is not set here from the level around. */
    public void inherit(CoreSettings outer) {
        if (root == null) {
            root = outer.root;
            // a nested location maps its whole URI under the root of the level around it
            isAlias = false;
        }
        types = Inherited.or(types, outer.types);
        defaultType = Inherited.or(defaultType, outer.defaultType);
        clientMaxBodySize = Inherited.or(clientMaxBodySize, outer.clientMaxBodySize);
        clientBodyBufferSize = Inherited.or(clientBodyBufferSize, outer.clientBodyBufferSize);
        temporaryFiles = Inherited.or(temporaryFiles, outer.temporaryFiles);
        keepaliveTimeout = Inherited.or(keepaliveTimeout, outer.keepaliveTimeout);
        clientHeaderTimeout = Inherited.or(clientHeaderTimeout, outer.clientHeaderTimeout);
        clientBodyTimeout = Inherited.or(clientBodyTimeout, outer.clientBodyTimeout);
        sendTimeout = Inherited.or(sendTimeout, outer.sendTimeout);
        lingeringClose = Inherited.or(lingeringClose, outer.lingeringClose);
        lingeringTime = Inherited.or(lingeringTime, outer.lingeringTime);
        lingeringTimeout = Inherited.or(lingeringTimeout, outer.lingeringTimeout);
        lingering();
        errorLog = Inherited.or(errorLog, outer.errorLog);
        errorPages = Inherited.or(errorPages, outer.errorPages);
        satisfiesAny = Inherited.or(satisfiesAny, outer.satisfiesAny);
        recursiveErrors = Inherited.or(recursiveErrors, outer.recursiveErrors);
        serverTokens = Inherited.or(serverTokens, outer.serverTokens);
        etag = Inherited.or(etag, outer.etag);
        maxRanges = Inherited.or(maxRanges, outer.maxRanges);
        ifModifiedSince = Inherited.or(ifModifiedSince, outer.ifModifiedSince);
        limitRate = Inherited.or(limitRate, outer.limitRate);
        limitRateAfter = Inherited.or(limitRateAfter, outer.limitRateAfter);
        keepaliveHeader = Inherited.or(keepaliveHeader, outer.keepaliveHeader);
        keepaliveDisable = Inherited.or(keepaliveDisable, outer.keepaliveDisable);
        chunkedTransferEncoding = Inherited.or(chunkedTransferEncoding, outer.chunkedTransferEncoding);
        ignoreInvalidHeaders = Inherited.or(ignoreInvalidHeaders, outer.ignoreInvalidHeaders);
        underscoresInHeaders = Inherited.or(underscoresInHeaders, outer.underscoresInHeaders);
        largestHeaderLine = Inherited.or(largestHeaderLine, outer.largestHeaderLine);
        largestHeaderCount = Inherited.or(largestHeaderCount, outer.largestHeaderCount);
        msiePadding = Inherited.or(msiePadding, outer.msiePadding);
        rewriteLog = Inherited.or(rewriteLog, outer.rewriteLog);
        uninitializedVariableWarn = Inherited.or(uninitializedVariableWarn, outer.uninitializedVariableWarn);
        logNotFound = Inherited.or(logNotFound, outer.logNotFound);
        absoluteRedirect = Inherited.or(absoluteRedirect, outer.absoluteRedirect);
        portInRedirect = Inherited.or(portInRedirect, outer.portInRedirect);
        serverNameInRedirect = Inherited.or(serverNameInRedirect, outer.serverNameInRedirect);
        mergeSlashes = Inherited.or(mergeSlashes, outer.mergeSlashes);
        keepaliveRequests = Inherited.or(keepaliveRequests, outer.keepaliveRequests);
    }

    /** Gives the outermost level nginx's defaults. */
    public void useDefaults(Template defaultRoot, ErrorLog defaultLog) {
        root = Inherited.orDefault(root, defaultRoot);
        types = Inherited.orDefault(types, Map.of("html", "text/html", "gif", "image/gif", "jpg", "image/jpeg"));
        defaultType = Inherited.orDefault(defaultType, "text/plain");
        clientMaxBodySize = Inherited.orDefault(clientMaxBodySize, 1L << 20);
        clientBodyBufferSize = Inherited.orDefault(clientBodyBufferSize, 16L << 10);
        temporaryFiles = Inherited.orDefault(temporaryFiles, 1L << 30);
        keepaliveTimeout = Inherited.orDefault(keepaliveTimeout, 75_000L);
        clientHeaderTimeout = Inherited.orDefault(clientHeaderTimeout, 60_000L);
        clientBodyTimeout = Inherited.orDefault(clientBodyTimeout, 60_000L);
        sendTimeout = Inherited.orDefault(sendTimeout, 60_000L);
        lingeringClose = Inherited.orDefault(lingeringClose, Lingering.DEFAULT.mode());
        lingeringTime = Inherited.orDefault(lingeringTime, Lingering.DEFAULT.timeMillis());
        lingeringTimeout = Inherited.orDefault(lingeringTimeout, Lingering.DEFAULT.timeoutMillis());
        lingering();
        errorLog = Inherited.orDefault(errorLog, defaultLog);
        satisfiesAny = Inherited.orDefault(satisfiesAny, false);
        recursiveErrors = Inherited.orDefault(recursiveErrors, false);
        serverTokens = Inherited.orDefault(serverTokens, true);
        etag = Inherited.orDefault(etag, true);
        maxRanges = Inherited.orDefault(maxRanges, Integer.MAX_VALUE);
        ifModifiedSince = Inherited.orDefault(ifModifiedSince, Preconditions.Comparison.EXACT);
        keepaliveHeader = Inherited.orDefault(keepaliveHeader, 0L);
        keepaliveDisable = Inherited.orDefault(keepaliveDisable, Set.of("msie6"));
        chunkedTransferEncoding = Inherited.orDefault(chunkedTransferEncoding, true);
        ignoreInvalidHeaders = Inherited.orDefault(ignoreInvalidHeaders, true);
        underscoresInHeaders = Inherited.orDefault(underscoresInHeaders, false);
        largestHeaderLine = Inherited.orDefault(largestHeaderLine, 8L << 10);
        largestHeaderCount = Inherited.orDefault(largestHeaderCount, 4);
        msiePadding = Inherited.orDefault(msiePadding, true);
        rewriteLog = Inherited.orDefault(rewriteLog, false);
        uninitializedVariableWarn = Inherited.orDefault(uninitializedVariableWarn, true);
        logNotFound = Inherited.orDefault(logNotFound, true);
        absoluteRedirect = Inherited.orDefault(absoluteRedirect, true);
        portInRedirect = Inherited.orDefault(portInRedirect, true);
        serverNameInRedirect = Inherited.orDefault(serverNameInRedirect, false);
        mergeSlashes = Inherited.orDefault(mergeSlashes, true);
        keepaliveRequests = Inherited.orDefault(keepaliveRequests, 1000);
    }

    private void lingering() {
        Lingering own = new Lingering(lingeringClose, lingeringTime, lingeringTimeout);
        // most are the same: who compares with it need not look inside
        lingering = own.equals(Lingering.DEFAULT) ? Lingering.DEFAULT : own;
    }

    /** What {@code error_page} says about a status code; {@code null} if it says nothing. */
    ErrorPage errorPage(int status) {
        if (errorPages != null) {
            for (ErrorPage page : errorPages) {
                if (page.status() == status) {
                    return page;
                }
            }
        }
        return null;
    }

    /** The media type for a file name or URI by its extension. */
    public String typeOf(String name) {
        int dot = name.lastIndexOf('.');
        if (dot > name.lastIndexOf('/')) {
            return types.getOrDefault(name.substring(dot + 1).toLowerCase(Locale.ROOT), defaultType);
        }
        return defaultType;
    }

    /** See {@link #root}. */
    public Template root() {
        return root;
    }

    /** See {@link #isAlias}. */
    public boolean isAlias() {
        return isAlias;
    }

    /** See {@link #types}. */
    public Map<String, String> types() {
        return types;
    }

    /** See {@link #defaultType}. */
    public String defaultType() {
        return defaultType;
    }

    /** See {@link #clientMaxBodySize}. */
    public Long clientMaxBodySize() {
        return clientMaxBodySize;
    }

    /** See {@link #clientBodyBufferSize}. */
    public Long clientBodyBufferSize() {
        return clientBodyBufferSize;
    }

    /** See {@link #temporaryFiles}. */
    public Long temporaryFiles() {
        return temporaryFiles;
    }

    /** See {@link #keepaliveTimeout}. */
    public Long keepaliveTimeout() {
        return keepaliveTimeout;
    }

    /** See {@link #clientHeaderTimeout}. */
    public Long clientHeaderTimeout() {
        return clientHeaderTimeout;
    }

    /** See {@link #clientBodyTimeout}. */
    public Long clientBodyTimeout() {
        return clientBodyTimeout;
    }

    /** See {@link #sendTimeout}. */
    public Long sendTimeout() {
        return sendTimeout;
    }

    /** See {@link #lingeringClose}. */
    public Lingering.Mode lingeringClose() {
        return lingeringClose;
    }

    /** See {@link #lingeringTime}. */
    public Long lingeringTime() {
        return lingeringTime;
    }

    /** See {@link #lingeringTimeout}. */
    public Long lingeringTimeout() {
        return lingeringTimeout;
    }

    /** See {@link #errorLog}. */
    public ErrorLog errorLog() {
        return errorLog;
    }

    /** See {@link #errorPages}. */
    public List<ErrorPage> errorPages() {
        return errorPages;
    }

    /** See {@link #absoluteRedirect}. */
    public Boolean absoluteRedirect() {
        return absoluteRedirect;
    }

    /** See {@link #portInRedirect}. */
    public Boolean portInRedirect() {
        return portInRedirect;
    }

    /** See {@link #serverNameInRedirect}. */
    public Boolean serverNameInRedirect() {
        return serverNameInRedirect;
    }

    /** See {@link #mergeSlashes}. */
    public Boolean mergeSlashes() {
        return mergeSlashes;
    }

    /** See {@link #keepaliveRequests}. */
    public Integer keepaliveRequests() {
        return keepaliveRequests;
    }

    /** See {@link #etag}. */
    public Boolean etag() {
        return etag;
    }

    /** See {@link #maxRanges}. */
    public Integer maxRanges() {
        return maxRanges;
    }

    /** See {@link #ifModifiedSince}. */
    public Preconditions.Comparison ifModifiedSince() {
        return ifModifiedSince;
    }

    /** See {@link #limitRate}. */
    public Template limitRate() {
        return limitRate;
    }

    /** See {@link #limitRateAfter}. */
    public Template limitRateAfter() {
        return limitRateAfter;
    }

    /** See {@link #keepaliveHeader}. */
    public Long keepaliveHeader() {
        return keepaliveHeader;
    }

    /** See {@link #keepaliveDisable}. */
    public Set<String> keepaliveDisable() {
        return keepaliveDisable;
    }

    /** See {@link #chunkedTransferEncoding}. */
    public Boolean chunkedTransferEncoding() {
        return chunkedTransferEncoding;
    }

    /** See {@link #ignoreInvalidHeaders}. */
    public Boolean ignoreInvalidHeaders() {
        return ignoreInvalidHeaders;
    }

    /** See {@link #underscoresInHeaders}. */
    public Boolean underscoresInHeaders() {
        return underscoresInHeaders;
    }

    /** See {@link #largestHeaderLine}. */
    public Long largestHeaderLine() {
        return largestHeaderLine;
    }

    /** See {@link #largestHeaderCount}. */
    public Integer largestHeaderCount() {
        return largestHeaderCount;
    }

    /** See {@link #msiePadding}. */
    public Boolean msiePadding() {
        return msiePadding;
    }

    /** See {@link #rewriteLog}. */
    public Boolean rewriteLog() {
        return rewriteLog;
    }

    /** See {@link #uninitializedVariableWarn}. */
    public Boolean uninitializedVariableWarn() {
        return uninitializedVariableWarn;
    }

    /** See {@link #logNotFound}. */
    public Boolean logNotFound() {
        return logNotFound;
    }

    /** See {@link #serverTokens}. */
    public Boolean serverTokens() {
        return serverTokens;
    }

    /** See {@link #satisfiesAny}. */
    public Boolean satisfiesAny() {
        return satisfiesAny;
    }

    /** See {@link #recursiveErrors}. */
    public Boolean recursiveErrors() {
        return recursiveErrors;
    }

    /** See {@link #location}. */
    public Location location() {
        return location;
    }
}
