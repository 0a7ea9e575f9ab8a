package hopyard.proxy.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One case of the differential corpus: a configuration, and what is sent to it.
 *
 * <p>A file holds cases that begin with {@code ### name}. Then comes an nginx.conf fragment: the contents of an http
 * block if it has a {@code server} block, else those of its only server. {@code @LISTEN@ @ROOT@ @APP@ @APP2@ @APP3@
 * @DEAD@ @DIR@ @FASTCGI@ @FASTCGI2@ @UWSGI@ @UWSGI2@ @SCGI@ @SCGI2@} stand for what the test provides. Requests follow,
 *     each behind a line {@code ---}: a request line without its version, header lines, and after an empty line a body.
 *     {@code --- 3 times} sends it again and again, {@code --- raw} sends just these bytes, {@code --- later} more than
 *     a second later, {@code --- tls} over TLS, {@code --- http2} in HTTP/2. Behind {@code tls} may stand options of
 *     {@code openssl s_client}: then what the handshake came to is compared, too; or a line of the PROXY protocol.
 *     {@code --- reload} has the same configuration loaded again. Of a case without requests, what is said of its
 *     configuration is compared. A configuration with an {@code events} block is a whole file, in which only ports and
 *     paths are exchanged; behind it may come files that it includes from {@code @DIR@}, each behind a line
 *     {@code +++ name}.
 *
 * <p>Lines before the configuration are about all of the case:
 *
 * <ul>
 *   <li>{@code differs: reason} says why another answer than nginx's is wanted
 *   <li>{@code framing: any}: it does not matter whether content comes in chunks
 *   <li>{@code asked: any}: nor in which order the apps are asked
 *   <li>{@code compression: any}: nor how well content is compressed
 *   <li>{@code error log: reason} says why what is written to the error log is not compared
 *   <li>{@code with: Name: value} is a header line of all its requests; a {@code ¶} stands between two lines
 *   <li>{@code one of: Name: value}, as often as wanted: each request is sent once with each of these
 * </ul>
 *
 * <p>A file may begin with a configuration around those of its cases, which stand there for {@code @CASE@}.
 *
 * @param differs the reason for a difference; {@code null} where there must be none
 * @param any what may be any way: {@code framing}, {@code asked}, {@code compression}
 * @param errorLog the reason not to compare the error log; {@code null} where it is compared
 * @param conf the configuration, with the contents of its files in place of the lines that include them
 * @param main the same as it is written
 * @param files the included files' contents, by their names
 */
public record CaseFile(
        String group,
        String name,
        String differs,
        Set<String> any,
        String errorLog,
        String conf,
        String main,
        Map<String, String> files,
        List<Request> requests) {

    /**
     * @param name its first line, and what else tells it from others
     * @param text the bytes that are sent on a connection of their own
     * @param how what stands behind the dashes
     */
    public record Request(String name, String text, int times, String how) {

        /** Whether the clock must have moved on by more than a second before. */
        public boolean isLater() {
            return how.endsWith("later");
        }

        /** Whether it goes to the port where TLS is spoken. */
        public boolean isTls() {
            return how.equals("tls") || how.startsWith("tls ");
        }

        /** How it is spoken, in the words of the case; empty if it does not matter. */
        public String tlsOptions() {
            return how.substring("tls".length()).trim();
        }

        /** Whether it is said in HTTP/2; see {@link Http2Words}. */
        public boolean isHttp2() {
            return how.startsWith(HTTP2);
        }

        /** Whether this is no request, but a reload. */
        public boolean isReload() {
            return how.equals("reload");
        }
    }

    private static final String HTTP2 = "http2";

    private static final Pattern ABOUT =
            Pattern.compile("(differs|with|one of|framing|asked|compression|error log): (.*)\n");

    private static final Pattern LONG = Pattern.compile("@LONG([0-9]+)@");

    private static final Pattern INCLUDE = Pattern.compile("include @DIR@/([^;]*);");

    /** All the cases of a directory. */
    public static List<CaseFile> all(Path directory) throws IOException {
        List<CaseFile> out = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String group = file.getFileName().toString().replaceFirst("\\.cases$", "");
                String[] texts = Files.readString(file, StandardCharsets.UTF_8).split("(?m)^### ");
                String around = texts[0].isBlank() ? "@CASE@" : texts[0];
                for (int i = 1; i < texts.length; i++) {
                    out.add(parse(group, around, texts[i]));
                }
            }
        }
        return out;
    }

    /** Whether it has a log that is compared, too. */
    public boolean isLogged() {
        return conf.contains("compared.log");
    }

    /**
     * Returns the same case with HTTP/2 spoken where it listens, and its requests said in that as far as that can be
     * done; none may be left.
     */
    public CaseFile overHttp2() {
        String server = conf.contains("server {") ? conf : "server { @LISTEN@ " + conf + " }";
        List<Request> said = requests.stream()
                .filter(each -> !each.isTls() && !each.isHttp2() && Http2Words.canSay(each.text))
                .map(each -> new Request(each.name, each.text, each.times, each.isLater() ? HTTP2 + " later" : HTTP2))
                .toList();
        return new CaseFile(
                group + "-over-http2",
                name,
                differs,
                any,
                errorLog,
                server.replace("@LISTEN", "@LISTEN http2"),
                main,
                files,
                said);
    }

    private static CaseFile parse(String group, String around, String text) {
        String name = text.substring(0, text.indexOf('\n')).trim();
        String rest = text.substring(text.indexOf('\n') + 1);
        Map<String, List<String>> about = new HashMap<>();
        for (Matcher line = ABOUT.matcher(rest); line.lookingAt(); line.reset(rest)) {
            boolean isAny = line.group(2).equals("any");
            about.computeIfAbsent(isAny ? "any" : line.group(1), key -> new ArrayList<>())
                    .add(line.group(isAny ? 1 : 2));
            rest = rest.substring(line.end());
        }
        String[] parts = rest.split("(?m)^---");
        List<Request> requests = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            int end = parts[i].indexOf('\n');
            String how = parts[i].substring(0, end).trim();
            String sent = parts[i].substring(end + 1);
            int times = how.endsWith("times") ? Integer.parseInt(how.substring(0, how.indexOf(' '))) : 1;
            for (String one : about.getOrDefault("one of", List.of(""))) {
                List<String> with = Stream.of(
                                about.getOrDefault("with", List.of("")).get(0), one)
                        .filter(lines -> !lines.isEmpty())
                        .flatMap(lines -> Stream.of(lines.split("¶")))
                        .toList();
                String bytes = how.equals("raw") ? raw(sent) : request(sent, with);
                String which = (bytes.lines().findFirst().orElse("") + " " + how + " " + one).trim();
                requests.add(new Request(which.replaceAll("[^ -~]", "?"), bytes, times, how));
            }
        }
        String[] files = around.replace("@CASE@", parts[0]).split("(?m)^\\+\\+\\+ ");
        Map<String, String> byName = new TreeMap<>();
        for (int i = 1; i < files.length; i++) {
            int end = files[i].indexOf('\n');
            byName.put(files[i].substring(0, end).trim(), files[i].substring(end + 1));
        }
        return new CaseFile(
                group,
                name,
                about.containsKey("differs") ? about.get("differs").get(0) : null,
                Set.copyOf(about.getOrDefault("any", List.of())),
                about.containsKey("error log") ? about.get("error log").get(0) : null,
                inlined(files[0], byName),
                files[0],
                byName,
                requests);
    }

    /** A configuration with files in place of the lines that include them. */
    private static String inlined(String conf, Map<String, String> files) {
        return INCLUDE.matcher(conf).replaceAll(line -> {
            PathMatcher names = FileSystems.getDefault().getPathMatcher("glob:" + line.group(1));
            StringBuilder out = new StringBuilder();
            files.forEach((name, text) -> out.append(names.matches(Path.of(name)) ? inlined(text, files) : ""));
            return Matcher.quoteReplacement(out.toString());
        });
    }

    /** Writes the included files. */
    public void writeFiles(Path home, UnaryOperator<String> filledIn) throws IOException {
        for (Map.Entry<String, String> each : files.entrySet()) {
            Path file = home.resolve(each.getKey());
            Files.createDirectories(file.getParent());
            Files.writeString(file, filledIn.apply(each.getValue()));
        }
    }

    /** Lines end with CRLF; {@code \r \n \0 \xHH} are what they look like. */
    private static String raw(String text) {
        String crlf = text.replace("\n", "\r\n");
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < crlf.length(); i++) {
            char c = crlf.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            switch (crlf.charAt(++i)) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case '0' -> out.append('\0');
                case 'x' -> {
                    out.append((char) Integer.parseInt(crlf.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                // the end of this line belongs to no line
                case '\r' -> i++;
                default -> throw new IllegalArgumentException(text);
            }
        }
        return out.toString();
    }

    /** Returns a text in which {@code @LONG5000@} stands for so many bytes with these. */
    public static String withLongValues(String text) {
        return LONG.matcher(text).replaceAll(found -> "x".repeat(Integer.parseInt(found.group(1))));
    }

    private static String request(String text, List<String> with) {
        int empty = text.indexOf("\n\n");
        String body = empty < 0 ? "" : withLongValues(text.substring(empty + 2).stripTrailing());
        List<String> lines = new ArrayList<>(
                List.of((empty < 0 ? text : text.substring(0, empty)).strip().split("\n")));
        lines.addAll(with);
        StringBuilder out = new StringBuilder();
        boolean host = false;
        boolean connection = false;
        for (String line : lines) {
            boolean lacksVersion = out.length() == 0 && !line.contains(" HTTP/");
            out.append(line).append(lacksVersion ? " HTTP/1.1\r\n" : "\r\n");
            host |= line.startsWith("Host:");
            connection |= line.startsWith("Connection:");
        }
        out.append(host ? "" : "Host: test.example\r\n").append(connection ? "" : "Connection: close\r\n");
        if (!body.isEmpty() && !text.contains("Transfer-Encoding:") && !text.contains("Content-Length:")) {
            out.append("Content-Length: ").append(body.length()).append("\r\n");
        }
        if (text.contains("Transfer-Encoding: chunked")) {
            body = body.replace("\n", "\r\n") + "\r\n\r\n";
        }
        return out.append("\r\n").append(body).toString();
    }
}
