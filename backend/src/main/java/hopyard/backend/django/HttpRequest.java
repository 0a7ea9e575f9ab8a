package hopyard.backend.django;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A request as Django sees it: with what the settings let it believe.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/request-response/">Django: request and response
 *     objects</a>
 */
public final class HttpRequest {

    private static final String PATH_SAFE = "/:@&+$,-_.!~*'()";
    private static final String REVERSE_SAFE = PATH_SAFE + ";=";
    private static final String IRI_SAFE = "/#%[]=:;$&()+,!?*@'~";

    private final HttpServerExchange exchange;
    private final DjangoSettings settings;
    private final String serverName;
    private final Session session;
    private final CsrfState csrf = new CsrfState();
    private final Content content;
    private Map<String, String> cookies;
    private FormData form;

    /**
     * @param serverName the name of this machine, for requests that name no host
     * @param content what has come after the head
     */
    HttpRequest(
            HttpServerExchange exchange,
            DjangoSettings settings,
            String serverName,
            Sessions sessions,
            Content content) {
        this.exchange = exchange;
        this.settings = settings;
        this.serverName = serverName;
        this.content = content;
        this.session = new Session(sessions, () -> cookie(settings.get(DjangoSettings.SESSION_COOKIE.name())));
    }

    String method() {
        return exchange.getRequestMethod().toString();
    }

    /** Returns a header field's values with commas between them; {@code null} if it is not there. */
    String header(String name) {
        HeaderValues values = exchange.getRequestHeaders().get(name);
        return values == null ? null : values.size() == 1 ? values.getFirst() : String.join(",", values);
    }

    /** Returns the scheme that the client has used, as far as the app can know. */
    public String scheme() {
        List<String> rule = settings.get(DjangoSettings.SECURE_PROXY_SSL_HEADER);
        if (!rule.isEmpty()) {
            String value = header(rule.get(0));
            if (value != null) {
                return value.split(",", 2)[0].strip().equals(rule.get(1)) ? "https" : "http";
            }
        }
        return exchange.getRequestScheme();
    }

    boolean isSecure() {
        return scheme().equals("https");
    }

    /** Returns the port that the client has asked, as far as the app can know. */
    String port() {
        String forwarded = settings.get(DjangoSettings.USE_X_FORWARDED_PORT) ? header("X-Forwarded-Port") : null;
        return forwarded != null
                ? forwarded
                : Integer.toString(exchange.getConnection()
                        .getLocalAddress(InetSocketAddress.class)
                        .getPort());
    }

    /** Returns the host with its port if it names one, whether it is allowed or not. */
    public String rawHost() {
        String forwarded = settings.get(DjangoSettings.USE_X_FORWARDED_HOST) ? header("X-Forwarded-Host") : null;
        String host =
                forwarded != null ? forwarded : exchange.getRequestHeaders().getFirst(Headers.HOST);
        if (host != null) {
            return host;
        }
        return port().equals(isSecure() ? "443" : "80") ? serverName : serverName + ":" + port();
    }

    /** Returns the host with its port if it names one. */
    String host() throws Raised {
        return Hosts.checked(settings, rawHost());
    }

    /** Returns the path below the app's own, decoded. */
    String pathInfo() {
        return exchange.getRequestPath();
    }

    /** Returns the path below which the app stands, without a slash at its end. */
    String scriptName() {
        String name = settings.get(DjangoSettings.FORCE_SCRIPT_NAME);
        return name == null ? "" : name;
    }

    /** Returns the path as the outside has it, decoded. */
    String path() {
        return prefix() + "/" + pathInfo().replaceFirst("^/", "");
    }

    private String prefix() {
        return scriptName().replaceAll("/+$", "");
    }

    /** Returns the path of a view as the outside has it, encoded. */
    public String reverse(String path) {
        return PythonText.quote(prefix(), REVERSE_SAFE) + path;
    }

    /** Returns path and query, encoded. */
    String fullPath(boolean withSlash) {
        String query = exchange.getQueryString();
        return PythonText.quote(path(), PATH_SAFE)
                + (withSlash && !path().endsWith("/") ? "/" : "")
                + (query.isEmpty() ? "" : "?" + PythonText.quote(query, IRI_SAFE));
    }

    /** Returns the whole URL of a path on this app, for a request whose host has been checked. */
    public String absoluteUri(String path) {
        return scheme() + "://" + rawHost() + reverse(path);
    }

    String cookie(String name) {
        if (cookies == null) {
            cookies = Cookies.parse(header("Cookie"));
        }
        return cookies.get(name);
    }

    /** Returns how many parameters the query has; each part between ampersands counts. */
    int queryParameters() throws Raised {
        return FormData.parameters(exchange.getQueryString(), settings);
    }

    String query(String name) throws Raised {
        queryParameters();
        var values = exchange.getQueryParameters().get(name);
        return values == null ? null : values.getLast();
    }

    /** Returns the form that has been posted; an empty one if it is none. */
    FormData form() throws Raised {
        if (form == null) {
            form = method().equals("POST") ? FormData.parse(header("Content-Type"), content, settings) : FormData.NONE;
        }
        return form;
    }

    /** Whether Django would keep the files of this form in memory. */
    boolean keepsFilesInMemory() {
        Long max = settings.get(DjangoSettings.FILE_UPLOAD_MAX_MEMORY_SIZE);
        return max == null || content.length() <= max;
    }

    Session session() {
        return session;
    }

    CsrfState csrf() {
        return csrf;
    }

    /** Whether the client names pages among what it wants. */
    boolean wantsPages() {
        String accept = header("Accept");
        return accept != null && accept.toLowerCase(Locale.ROOT).contains("text/html");
    }
}
