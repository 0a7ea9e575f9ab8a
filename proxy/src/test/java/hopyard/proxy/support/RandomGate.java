package hopyard.proxy.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random configurations and random requests for the gate of heads: variables in every place where nginx takes them, and
 * bytes in the requests that would begin a line or a request wherever they are written as they are.
 */
public final class RandomGate {

    /** What an attacker would like to be a line of its own; no configuration and no app says so. */
    public static final String INJECTED = "x-inj";

    private static final String[] VARIABLES = {
        "$uri",
        "$document_uri",
        "$args",
        "$query_string",
        "$is_args",
        "$arg_x",
        "$arg_y",
        "$http_x_in",
        "$http_referer",
        "$cookie_c",
        "$request_body",
        "$mapped",
        "$folded",
        "$request_uri",
        "$request",
        "$host",
        "$http_host",
        "$document_root",
        "$request_filename",
        "$binary_remote_addr",
        "$http_cookie",
        "$request_method",
        "$scheme",
        "$request_id",
        "$proxy_host",
        "$proxy_add_x_forwarded_for",
        "$remote_user",
        "$content_type",
        "$http_user_agent",
        "$server_name",
        "$upstream_http_x_app",
        "$upstream_http_set_cookie",
        "$upstream_http_location",
        "$sent_http_x_app",
        "$upstream_addr",
        "$status",
        "$time_local",
        "$content_length",
        "$remote_addr",
        "$a",
        "$b",
        "$asked",
        "$1",
        "$2"
    };

    private static final String[] LITERALS = {
        "", "/", "-", "a", "?", "&x=", ";", "a b", "%41", "\\n x", "\\r\\nX-Conf: 1"
    };

    private static final String[] PIECES = {
        "a",
        "b/",
        "/",
        "//",
        ".",
        "..",
        "%2e%2e/",
        "..%2f",
        "%2f",
        "+",
        "%20",
        "%09",
        "%0a",
        "%0d",
        "%0d%0a",
        "%7f",
        "%01",
        "%0d%0aX-Inj:%201",
        "%0aX-Inj:1",
        "%0dX-Inj:1",
        "%0d%0a%20X-Inj:%201",
        "%0d%0a%0d%0aX-Inj",
        "%20HTTP/1.1%0d%0aX-Inj:%201%0d%0aHost:%20x%0d%0a%0d%0aGET%20/smuggled",
        "%20HTTP/1.1%0aHost:%20x%0a%0aGET%20/smuggled%20HTTP/1.1%0aX-Inj:%201%0a%0a",
        "%85",
        "%e2%80%a8",
        "%c4%8a",
        "%c4%8d",
        "%e5%98%8a%e5%98%8dX-Inj:1",
        "%ff",
        "\"",
        "<",
        ">",
        "\\",
        "^",
        "`",
        "{",
        "|",
        "}",
        "%22",
        "%3c",
        "%3f",
        "%23",
        "%25",
        "%250d%250a",
        "%",
        "$",
        "'",
        "@",
        ":",
        "=",
        "&",
        ";",
        "~",
        "%40",
        "%3b",
        "%00"
    };

    private static final String[] VALUES = {
        "a",
        "b c",
        "\t",
        "%0d%0aX-Inj: 1",
        "\u00e5\u0098\u008a\u00e5\u0098\u008dX-Inj:1",
        "\u0085",
        "\u00ff",
        "\\r\\nX-Inj: 1",
        "\"",
        ";",
        ",",
        "=",
        "c=",
        "../",
        "http://x/",
        "x".repeat(300)
    };

    private static final String[] METHODS = {"GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "X-INJ"};

    /** How many names {@code X-SetN} there are for {@code proxy_set_header}; as many {@code X-AddN} for responses. */
    private static final int NAMES = 5;

    private static final int OTHERS = 15;

    private final Random random;

    public RandomGate(long seed) {
        random = new Random(seed);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String any(String... of) {
        return of[random.nextInt(of.length)];
    }

    /** A text with variables, quoted. */
    private String template(String beginning) {
        StringBuilder out = new StringBuilder("\"" + beginning);
        int parts = 1 + random.nextInt(3);
        for (int i = 0; i < parts; i++) {
            out.append(any(LITERALS));
            String variable = any(VARIABLES);
            out.append(variable.equals("$1") || variable.equals("$2") ? variable : "${" + variable.substring(1) + "}");
        }
        return out.append('"').toString();
    }

    // ---- configurations

    /**
     * The contents of an http block with locations {@code /l0/} and so on.
     *
     * @param app the app's address
     */
    public String configuration(int locations, String app, String directory) {
        StringBuilder out = new StringBuilder();
        out.append("proxy_cache_path ")
                .append(directory)
                .append("/cache keys_zone=c:1m; client_body_buffer_size 16k;\n");
        out.append("uninitialized_variable_warn off; underscores_in_headers on;\n");
        out.append("map $uri $mapped { ~^/l[0-9]+/(.*)$ $1; default none; }\n");
        out.append("map $arg_x $folded { default \"a\\n b\"; x \"a\\r\\nX-Conf: 1\"; }\n");
        out.append("upstream app { server ").append(app).append("; keepalive 4; }\n");
        out.append("server { listen 127.0.0.1:0; root ").append(directory).append("/html;\n");
        out.append("set $a ''; set $b ''; set $asked '';\n");
        if (chance(20)) {
            out.append("hop_trace on;\n");
        }
        out.append("location /goal { ").append(headers()).append("proxy_pass http://app; }\n");
        out.append("location /w { ").append(headers()).append("proxy_pass http://app; }\n");
        out.append("location @app { ").append(headers()).append("proxy_pass http://app; }\n");
        out.append("location = /ask { internal; ").append(headers()).append("proxy_pass http://app; }\n");
        for (int i = 0; i < locations; i++) {
            out.append(location(i, app));
        }
        return out.append("}\n").toString();
    }

    private String headers() {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            String name =
                    any("X-Set" + random.nextInt(NAMES), "X-Set" + random.nextInt(NAMES), "Host", "Cookie", "Referer");
            out.append("proxy_set_header ")
                    .append(name)
                    .append(' ')
                    .append(template(""))
                    .append("; ");
        }
        if (chance(50)) {
            out.append("proxy_http_version 1.1; proxy_set_header Connection \"\"; ");
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            out.append(any("add_header", "add_header", "add_trailer"))
                    .append(" X-Add")
                    .append(random.nextInt(NAMES))
                    .append(' ')
                    .append(template(""))
                    .append(" always; ");
        }
        return out.toString();
    }

    private String location(int number, String app) {
        String own = "/l" + number + "/";
        boolean isRegex = chance(50);
        StringBuilder out = new StringBuilder("location " + (isRegex ? "~ ^" + own + "(.*)$" : own) + " { ");
        out.append(headers());
        for (int i = random.nextInt(3); i > 0; i--) {
            out.append(rewriting(own));
        }
        int one = random.nextInt(OTHERS);
        out.append(chance(70) ? other(one) : "");
        out.append(chance(40) ? other((one + 1 + random.nextInt(OTHERS - 1)) % OTHERS) : "");
        return out.append(content(own, isRegex, app)).append(" }\n").toString();
    }

    private String rewriting(String own) {
        return switch (random.nextInt(9)) {
            case 0, 1 -> "set $a " + template("") + "; ";
            case 2 -> "set $b " + template("/") + "; ";
            case 3 -> "if ($arg_x ~ ^(.)(.*)$) { set $a " + template("") + "; } ";
            case 4 -> "if ($uri ~ ^" + own + "(.*)$) { set $b " + template("/") + "; } ";
            case 5 -> "set $args " + template("") + "; ";
            case 6 ->
                "rewrite ^" + own + "(.*)$ " + template(any("/goal/", "/w", own, "/goal?x=", ""))
                        + any("", " last", " break", " break") + "; ";
            case 7 ->
                chance(80)
                        ? ""
                        : "rewrite ^" + own + "(.*)$ " + template(any("/t/", "http://h/", "/t?", ""))
                                + any(" redirect", " permanent") + "; ";
            default ->
                chance(80)
                        ? ""
                        : "return " + any("301", "302", "200", "404", "410") + " " + template(any("/", "http://h", ""))
                                + "; ";
        };
    }

    /** Of the directives that may stand only once in a location, or only together. */
    private String other(int which) {
        return switch (which) {
            case 0 -> "proxy_method " + any("$arg_m", "$http_x_in", "PUT", "$request_method", "HEAD") + "; ";
            case 1 -> "proxy_set_body " + template("") + "; ";
            case 2 -> "proxy_redirect " + template("/") + " " + template("") + "; ";
            case 3 -> "proxy_redirect ~^(.*)$ " + template("") + "; ";
            case 4 ->
                "proxy_cookie_path / " + template("/") + "; proxy_cookie_domain app.example " + template("") + "; ";
            case 5 ->
                "error_page 404 403 410 400 500 502 " + any("", "=200 ", "=301 ", "= ")
                        + any(template("/goal"), template("http://h/"), "@app", template("/")) + "; ";
            case 6 -> "auth_request /ask; auth_request_set $asked " + template("") + "; ";
            case 7 -> "mirror /ask; ";
            case 8 -> "charset $arg_x; ";
            case 9 -> "expires $arg_x; ";
            case 10 ->
                "proxy_cache c; proxy_cache_valid any 1m; proxy_cache_methods GET POST; proxy_cache_key " + template("")
                        + "; proxy_ignore_headers Set-Cookie; ";
            case 11 -> "proxy_intercept_errors on; ";
            case 12 -> "proxy_pass_request_headers off; ";
            case 13 -> "proxy_request_buffering off; proxy_buffering off; ";
            default -> "index " + template("") + "; ";
        };
    }

    private String content(String own, boolean isRegex, String app) {
        return switch (random.nextInt(isRegex ? 12 : 14)) {
            case 0, 1 -> "proxy_pass http://app;";
            case 2 -> "proxy_pass " + template("http://app/w/") + ";";
            case 3 -> "proxy_pass http://app$uri$is_args$args;";
            case 4 -> "set $u " + app + "; proxy_pass http://$u$uri$is_args$args;";
            case 5 -> "proxy_pass " + template("http://app") + ";";
            case 6 -> "proxy_pass http://" + app + "/$1$2;";
            case 7 -> "proxy_pass http://app/w?q=$a$b;";
            case 8 -> "try_files " + template("/") + " " + template(any("/goal/", "/goal?", "/w", "/")) + ";";
            case 9 -> "try_files /none @app;";
            case 10 ->
                "return " + any("301", "302", "303", "307", "308") + " "
                        + template(any("/", "https://${host}", "", "//")) + ";";
            case 11 -> "return " + any("200", "404", "204", "403") + " " + template("") + ";";
            case 12 -> "proxy_pass http://app/w/;";
            default -> "proxy_pass http://" + app + own + ";";
        };
    }

    // ---- requests

    private String pieces(int most) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            String piece = any(PIECES);
            out.append(piece.equals("%") || piece.equals("%00") || piece.equals("..") ? chance(5) ? piece : "" : piece);
        }
        return out.toString();
    }

    private String value() {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            out.append(any(VALUES));
        }
        return out.toString();
    }

    /** A request for the location of that number, with a field {@code X-Case} that says so. */
    public String request(int location) {
        String method = any(METHODS);
        StringBuilder out = new StringBuilder(method + " /l" + location + "/" + pieces(4));
        if (chance(60)) {
            out.append("?x=")
                    .append(pieces(3))
                    .append("&y=")
                    .append(pieces(2))
                    .append("&m=")
                    .append(any("GET", "G%0aX", "A@B", "PUT", ""));
        } else if (chance(20)) {
            out.append('?').append(pieces(3));
        }
        out.append(" HTTP/1.1\r\nHost: ")
                .append(any("h", "h.example:81", "[::1]", "%0d%0a"))
                .append("\r\nX-Case: ")
                .append(location);
        for (String name : new String[] {"X-In", "Cookie", "Referer", "User-Agent", "Content-Type"}) {
            if (chance(40)) {
                out.append("\r\n")
                        .append(name)
                        .append(": ")
                        .append(name.equals("Cookie") ? "c=" : "")
                        .append(value());
            }
        }
        out.append("\r\nConnection: close\r\n");
        if (method.equals("POST") || method.equals("PUT")) {
            String body = any(
                    "",
                    "a",
                    "a\r\nX-Inj: 1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
                    "\n",
                    "a\n b",
                    "b".repeat(20_000));
            if (chance(30)) {
                out.append("Transfer-Encoding: chunked\r\n\r\n");
                if (!body.isEmpty()) {
                    out.append(Integer.toHexString(body.length()))
                            .append("\r\n")
                            .append(body)
                            .append("\r\n");
                }
                out.append("0\r\n")
                        .append(chance(30) ? "X-Trailer: " + value().strip() + "\r\n" : "")
                        .append("\r\n");
            } else {
                out.append("Content-Length: ")
                        .append(body.length())
                        .append("\r\n\r\n")
                        .append(body);
            }
        } else {
            out.append("\r\n");
        }
        return out.toString();
    }

    /**
     * Names of the fields that a request may have when it gets to the app: the client's, the configuration's, nginx's.
     */
    public static List<String> requestNames() {
        List<String> out = new ArrayList<>(List.of(
                "host",
                "connection",
                "content-length",
                "transfer-encoding",
                "x-case",
                "x-in",
                "cookie",
                "referer",
                "user-agent",
                "content-type",
                "x-trailer"));
        out.addAll(List.of("x-request-id", "traceparent", "via", "hop-trace"));
        for (int i = 0; i < NAMES; i++) {
            out.add("x-set" + i);
        }
        return out;
    }

    /** Names of the fields that a response may have. */
    public static List<String> responseNames() {
        List<String> out = new ArrayList<>(List.of(
                "server",
                "date",
                "connection",
                "content-length",
                "transfer-encoding",
                "content-type",
                "location",
                "last-modified",
                "etag",
                "accept-ranges",
                "expires",
                "cache-control",
                "allow"));
        out.addAll(List.of(
                "x-app", "set-cookie", "refresh", "x-request-id", "via", "server-timing", "hop-trace", "proxy-status"));
        for (int i = 0; i < NAMES; i++) {
            out.add("x-add" + i);
        }
        return out;
    }

    // ---- the app

    private static final String[] LOCATIONS = {
        "/%0d%0aX-Inj:%201",
        "http://app/a%20b",
        "/x\u00ff",
        "http://app.example/%0aX-Inj",
        "?%0d",
        "//x",
        "%0d%0aX-Inj: 1"
    };

    /** A response of the app's own, with fields that the proxy rewrites or obeys. */
    public static String answer(StrictApp.Message request) {
        Random random = new Random(request.lines().get(0).hashCode());
        boolean isHead = request.lines().get(0).startsWith("HEAD ");
        String fields = "X-App: %0d%0aX-Inj: 1\u00e5\u0098\u008a\r\n";
        int status = 200;
        switch (random.nextInt(10)) {
            case 0 -> {
                status = 302;
                fields += "Location: " + LOCATIONS[random.nextInt(LOCATIONS.length)] + "\r\n";
            }
            case 1 -> fields += "Set-Cookie: a=b; Path=/%0d%0aX-Inj: 1; Domain=app.example\r\n";
            case 2 -> fields += "Refresh: 5; url=" + LOCATIONS[random.nextInt(LOCATIONS.length)] + "\r\n";
            case 3 -> fields += "X-Accel-Redirect: /goal/accel" + PIECES[random.nextInt(PIECES.length)] + "\r\n";
            case 4 -> fields += "X-Accel-Charset: a%0d%0aX-Inj\u00ff\r\n";
            case 5 -> status = 404;
            default -> {
                // nothing special
            }
        }
        if (request.lines().get(0).contains(" /goal/accel")
                || request.lines().get(0).contains(" /ask")) {
            status = 200;
            fields = "X-App: asked\r\n";
        }
        return "HTTP/1.1 " + status + " Said\r\n" + fields + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n"
                + (isHead ? "" : "ok");
    }
}
