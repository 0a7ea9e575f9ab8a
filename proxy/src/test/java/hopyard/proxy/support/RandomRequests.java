package hopyard.proxy.support;

import hopyard.proxy.conf.Paths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Requests that have to do with a configuration: its locations and server names, and what clients make of them. */
public final class RandomRequests {

    private static final Pattern LOCATION = Pattern.compile("location\\s+(?:=|~\\*?|\\^~)?\\s*([^\\s{]+)\\s*\\{");
    private static final Pattern NAMES = Pattern.compile("server_name\\s+([^;]+);");

    private static final List<String> METHODS =
            List.of("GET", "GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PURGE");

    private static final List<String> SEGMENTS = List.of(
            "a",
            "b.php",
            "file.txt",
            "index.html",
            "long.txt",
            "dir",
            "dir/",
            "empty/",
            "x.jpg",
            "x.css",
            "x.JS",
            "%2F",
            "a%20b",
            "%C3%A9",
            "..",
            ".",
            "",
            "%2e%2e",
            "a;b=1",
            "v1",
            "~user",
            "a+b",
            ".htaccess",
            ".git",
            "none",
            "%61pi",
            "q%3Fx",
            "%25",
            "static",
            "users",
            "7",
            "*",
            "a:b",
            "a%00b",
            "(x)",
            "$uri",
            "%0d%0aX:1");

    private static final List<String> ARGS = List.of(
            "",
            "",
            "",
            "?",
            "?a=1",
            "?a=1&b=2",
            "?q=%20x&page=3",
            "?debug=1",
            "?x=a+b",
            "?next=/x/../y",
            "?a=%2F&a=2",
            "?a?b");

    private static final List<List<String>> FIELDS = List.of(
            List.of("X-Forwarded-For", "203.0.113.9"),
            List.of("X-Forwarded-For", "10.1.2.3, 198.51.100.7"),
            List.of("Cookie", "sid=abc; theme=dark; variant=b"),
            List.of("Cookie", "nocache=1"),
            List.of("Upgrade", "websocket"),
            List.of("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Mobile"),
            List.of("User-Agent", "curl/8.0"),
            List.of("Authorization", "Basic cGxhaW46c2VjcmV0"),
            List.of("Authorization", "Basic cGxhaW46d3Jvbmc="),
            List.of("Accept", "text/html,*/*;q=0.8"),
            List.of("Accept-Encoding", "gzip, br"),
            List.of("Referer", "https://other.example/page"),
            List.of("Origin", "https://app.example.com"),
            List.of("Range", "bytes=0-3"),
            List.of("If-None-Match", "\"abc\""),
            List.of("X_Under", "score"),
            List.of("X-Empty", ""),
            List.of("X Bad", "name"),
            List.of("X-Two", "one"),
            List.of("X-Two", "two"),
            List.of("Via", "1.0 fred"),
            List.of("TE", "trailers"),
            List.of("Keep-Alive", "timeout=5"),
            List.of("X-Requested-With", "caf\u00e9"),
            List.of("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            List.of("Content-Type", "application/json"),
            List.of("Access-Control-Request-Method", "PUT"));

    private final Random random;
    private final List<String> locations = new ArrayList<>(List.of("/", "/nowhere/"));
    private final List<String> hosts = new ArrayList<>(List.of("nobody.example", "localhost", "127.0.0.1:8080"));

    /**
     * A request.
     *
     * @param question as the console's location tester is asked
     * @param bytes as a client sends it
     */
    public record Made(Map<String, Object> question, String bytes) {}

    /**
     * @param conf an nginx.conf
     */
    public RandomRequests(long seed, String conf) {
        random = new Random(seed);
        for (Matcher m = LOCATION.matcher(conf); m.find(); ) {
            String plain = m.group(1).replaceAll("\\\\(.)|[$^()?+]", "$1").replaceAll("\\|.*", "");
            locations.add(plain.startsWith("/") ? plain : "/any" + plain.replace("@", "/"));
        }
        for (Matcher m = NAMES.matcher(conf); m.find(); ) {
            for (String name : m.group(1).trim().split("\\s+")) {
                String plain = name.replaceAll("~.*\\\\w\\+\\)?", "some").replaceAll("\\\\|[$^~]", "");
                hosts.add(plain.replaceAll("^\\*", "any.sub")
                        .replaceAll("\\*$", "any")
                        .replaceAll("^\\.", "x."));
                hosts.add(
                        plain.replaceAll("^[*.]+", "").replaceAll("\\*$", "org").toUpperCase());
            }
        }
        hosts.removeIf(host -> !host.matches("[A-Za-z0-9.:_-]+"));
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    public Made next() {
        String method = any(METHODS);
        String target = target();
        String host = any(hosts) + (random.nextInt(8) == 0 ? ":8080" : "");
        host = host.replaceFirst("(:\\d+):\\d+$", "$1");
        List<List<String>> headers = new ArrayList<>();
        for (int n = random.nextInt(6); n > 0; n--) {
            List<String> field = any(FIELDS);
            boolean isTwice = headers.stream().anyMatch(h -> h.get(0).equals(field.get(0)))
                    && List.of("Authorization", "If-None-Match").contains(field.get(0));
            if (!isTwice) {
                headers.add(field);
            }
        }
        boolean isUpgrade = headers.stream().anyMatch(h -> h.get(0).equals("Upgrade"));
        headers.add(List.of("Connection", isUpgrade ? "close, upgrade" : "close"));
        String body = "";
        if (List.of("POST", "PUT", "PATCH").contains(method)) {
            boolean isChunked = random.nextInt(3) == 0;
            headers.add(isChunked ? List.of("Transfer-Encoding", "chunked") : List.of("Content-Length", "5"));
            body = isChunked ? "5\r\nhello\r\n0\r\n\r\n" : "hello";
        }
        Map<String, Object> question = new LinkedHashMap<>();
        question.put("method", method);
        question.put("target", target);
        question.put("host", host);
        question.put("headers", headers);
        StringBuilder bytes = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
        headers.forEach(h -> bytes.append(h.get(0))
                .append(": ")
                .append(Paths.toBytes(h.get(1)))
                .append("\r\n"));
        return new Made(question, bytes + "\r\n" + body);
    }

    private String target() {
        StringBuilder path = new StringBuilder(any(locations));
        for (int n = random.nextInt(4); n > 0; n--) {
            boolean hasSlash = path.charAt(path.length() - 1) == '/';
            path.append(hasSlash || random.nextInt(6) == 0 ? "" : "/").append(any(SEGMENTS));
        }
        if (random.nextInt(8) == 0) {
            path.insert(path.indexOf("/") + 1, "/");
        }
        if (random.nextInt(8) == 0 && path.length() > 2) {
            int at = 1 + random.nextInt(path.length() - 1);
            char c = path.charAt(at);
            if (Character.isLetter(c) && path.charAt(at - 1) != '%' && (at < 2 || path.charAt(at - 2) != '%')) {
                path.replace(at, at + 1, String.format("%%%02x", (int) c));
            }
        }
        return path + any(ARGS);
    }
}
