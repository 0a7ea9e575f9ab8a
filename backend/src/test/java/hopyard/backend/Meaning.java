package hopyard.backend;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a response and the lines of a log say, without what differs by nature. */
final class Meaning {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Fields that are of the server rather than of Django, or that the playground adds: docs/django.md lists them. */
    private static final Pattern NOT_COMPARED = Pattern.compile(
            "(?i)(date|server|connection|keep-alive|content-length|hop-trace|server-timing|content-security-policy): .*");

    /** What stands on a page or does not. */
    private static final List<String> SENTENCES = List.of(
            "CSRF verification failed. Request aborted.",
            "You are seeing this message because this HTTPS site requires a “Referer header”",
            "You are seeing this message because this site requires a CSRF cookie",
            "More information is available with DEBUG=True.",
            "The requested resource was not found on this server.",
            "You didn’t select a choice.",
            "the app will display a standard page",
            "the app will display a standard 404 page");

    private static final List<Pattern> PARTS = List.of(
            Pattern.compile("(?s)<title>(.*?)</title>"),
            Pattern.compile("(?s)<h1>(.*?)</h1>"),
            Pattern.compile("(?s)<pre class=\"exception_value\">(.*?)</pre>"),
            Pattern.compile("(?s)Reason given for failure:</p>\\s*<pre>(.*?)</pre>"),
            Pattern.compile("<form (action=\"/[^\"]*\")"),
            Pattern.compile("(name=\"csrfmiddlewaretoken\")"));

    private static final Pattern SERVER_LINE = Pattern.compile("\\[[^]]*] (\".*\") ([0-9]{3}) ([0-9]+)");

    private Meaning() {}

    static String of(Conversation.Response response, int port) {
        if (response.head().isEmpty()) {
            return "the connection ended";
        }
        TreeSet<String> fields =
                new TreeSet<>(response.head().subList(1, response.head().size()).stream()
                        .filter(line -> !NOT_COMPARED.matcher(line).matches())
                        .map(Meaning::field)
                        .toList());
        String type = response.values("Content-Type").stream().findFirst().orElse("");
        return (response.head().get(0) + "\n" + String.join("\n", fields) + "\n\n" + content(type, response))
                .replace(":" + port, ":PORT")
                .replace("\"" + port + "\"", "\"PORT\"");
    }

    /** Without what is random, or a moment. */
    private static String field(String line) {
        String known = line.replaceFirst("^(Set-Cookie: ) +", "$1")
                .replaceFirst("(?i)^(Set-Cookie: [^=;]+=)[A-Za-z0-9]{20,}(?=;)", "$1VALUE");
        // older versions of Django say no charset on some pages
        return known.replaceFirst("(?i)expires=(?!Thu, 01 Jan 1970)[^;]*", "expires=MOMENT")
                .replaceFirst("(?i)^(content-type: text/html)$", "$1; charset=utf-8");
    }

    private static String content(String type, Conversation.Response response) {
        String text = response.text();
        if (type.startsWith("application/json") && !text.isEmpty()) {
            return json(text);
        }
        if (!type.startsWith("text/html")) {
            return text.lines().limit(2).collect(Collectors.joining("\n"));
        }
        List<String> out = new ArrayList<>();
        for (Pattern part : PARTS) {
            Matcher matcher = part.matcher(text);
            out.add(matcher.find() ? plain(matcher.group(1)) : "-");
        }
        String all = plain(text);
        // Django's own words for itself
        String neutral = all.replace("Django will display", "the app will display");
        SENTENCES.stream().filter(neutral::contains).forEach(out::add);
        return String.join("\n", out);
    }

    private static String json(String text) {
        try {
            Object value = JSON.readTree(text).isObject()
                    ? JSON.readValue(text, TreeMap.class)
                    : JSON.readValue(text, Object.class);
            return JSON.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).writeValueAsString(value);
        } catch (JsonProcessingException e) {
            return "no JSON: " + text;
        }
    }

    private static String plain(String html) {
        return html.replaceAll("<[^>]*>", "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replaceAll("&#(x27|39);", "'")
                .replace("&amp;", "&")
                .replaceAll("\\s+", " ")
                .trim();
    }

    /** How many lines of a log are the server's own, which come one for each request. */
    static long served(List<String> lines) {
        return lines.stream()
                .filter(line -> SERVER_LINE.matcher(line).matches())
                .count();
    }

    private static List<String> withoutBanner(List<String> log) {
        int last = 0;
        for (int i = 0; i < log.size(); i++) {
            if (log.get(i).matches("(Quit the server with |WARNING: This is a dev|For more information on prod).*")) {
                last = i + 1;
            }
        }
        return log.subList(last, log.size());
    }

    /** Returns the lines of a log, without what runserver says at its start, and without tracebacks. */
    static List<String> of(List<String> log, List<Conversation.Response> responses, int port) {
        List<String> out = new ArrayList<>();
        boolean isTraceback = false;
        int request = 0;
        // of what is suspicious, older versions say "Bad Request", too
        for (String line : withoutBanner(log)) {
            if (line.startsWith("Traceback (most recent call last):")) {
                isTraceback = true;
            } else if (isTraceback) {
                // its last line names the exception
                isTraceback = line.isBlank() || line.startsWith(" ");
            } else if (!line.startsWith("Bad Request: ")
                    && !line.isBlank()
                    && !line.startsWith("During handling of")
                    && !line.startsWith("The above")) {
                Matcher served = SERVER_LINE.matcher(line);
                boolean isServed = served.matches();
                int sent = isServed && request < responses.size()
                        ? responses.get(request++).content().length
                        : -1;
                // what is not sent for HEAD is counted by some versions
                boolean isHead = isServed && served.group(1).startsWith("\"HEAD ");
                String size = isHead || isServed && served.group(3).equals(Integer.toString(sent)) ? "CONTENT" : "";
                out.add((isServed
                                ? served.group(1) + " " + served.group(2) + " "
                                        + (size.isEmpty() ? served.group(3) : size)
                                : line)
                        .replace(":" + port, ":PORT"));
            }
        }
        return out;
    }
}
