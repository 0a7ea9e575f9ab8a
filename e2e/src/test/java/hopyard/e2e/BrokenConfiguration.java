package hopyard.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A configuration that must be refused: by a start, by {@code -t}, by a reload, and by the console's test.
 *
 * @param name what is wrong
 * @param maker writes nginx.conf and what goes with it
 * @param message a part of the message that is expected
 * @param console what the console's test makes of nginx.conf as a text
 * @param nginx what the real nginx makes of it
 */
record BrokenConfiguration(String name, Maker maker, String message, Console console, Nginx nginx) {

    /** Writes the files into an empty directory. */
    interface Maker {
        void write(Frame frame) throws Exception;
    }

    enum Console {
        /** 422, with file and line. */
        PLACE,
        /** 422 without them. */
        REFUSES,
        /** 200: it shows only when something is opened. */
        FINE,
        /** It is not the text that is broken, or it is larger than a request may be. */
        NO_TEXT
    }

    enum Nginx {
        REFUSES,
        /** nginx has no such bound, or finds out later. */
        ACCEPTS,
        /** Its way to fail is another: it blocks, crashes or depends on the machine. */
        NOT_ASKED
    }

    /**
     * Where a row writes to.
     *
     * @param port where the running proxy listens
     * @param taken a port of 127.0.0.1 that somebody else listens on
     * @param forNginx whether the directives of our own are to be left out
     */
    record Frame(Path directory, int port, int taken, boolean forNginx) {

        Path file(String name) {
            return directory.resolve(name);
        }

        void raw(String text) throws IOException {
            Files.writeString(file("nginx.conf"), text, StandardCharsets.ISO_8859_1);
        }

        /** A whole nginx.conf with lines of a row's own in main, http and server. */
        void conf(String main, String http, String server) throws IOException {
            raw("error_log error.log notice;\npid hopyard.pid;\nevents {}\n" + main
                    + "\nhttp {\naccess_log access.log;\n"
                    + http + "\nserver {\nlisten 127.0.0.1:" + port
                    + ";\nkeepalive_requests 999999999;\nlocation = /healthz { return 200 \"ok\\n\"; }\n"
                    + (forNginx ? "" : "location /_hops/ { hop_console; }\n") + server + "\n}\n}\n");
        }
    }

    private static final List<BrokenConfiguration> ALL = new ArrayList<>();

    static List<BrokenConfiguration> all() {
        return List.copyOf(ALL);
    }

    @Override
    public String toString() {
        return name;
    }

    private static void row(String name, Maker maker, String message, Console console, Nginx nginx) {
        ALL.add(new BrokenConfiguration(name, maker, message, console, nginx));
    }

    /** A mistake in a line that nginx refuses as well. */
    private static void main(String line, String message) {
        row("main: " + line, f -> f.conf(line, "", ""), message, Console.PLACE, Nginx.REFUSES);
    }

    private static void http(String line, String message) {
        row("http: " + line, f -> f.conf("", line, ""), message, Console.PLACE, Nginx.REFUSES);
    }

    private static void server(String line, String message) {
        row("server: " + line, f -> f.conf("", "", line), message, Console.PLACE, Nginx.REFUSES);
    }

    private static String times(int count, String text) {
        return text.repeat(count);
    }

    private static String numbered(int count, String text) {
        return IntStream.range(0, count)
                .mapToObj(i -> text.replace("#", Integer.toString(i)))
                .collect(Collectors.joining());
    }

    private static void run(String... command) throws Exception {
        int status = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (status != 0) {
            throw new AssertionError(List.of(command) + " gave " + status);
        }
    }

    private static void certificates(Frame f) throws Exception {
        for (String name : List.of("a", "b")) {
            run(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=" + name,
                    "-keyout",
                    f.file(name + ".key").toString(),
                    "-out",
                    f.file(name + ".crt").toString());
        }
    }

    static {
        syntax();
        files();
        bounds();
        numbers();
        meaning();
        opening();
    }

    private static void syntax() {
        main("htttp {}", "unknown directive \"htttp\"");
        main("worker_processes", "directive \"worker_processes\" is not terminated by \";\"");
        main("}", "unexpected \"}\"");
        main(";", "unexpected \";\"");
        http("log_format x 'never ends;", "unexpected end of file, expecting \";\" or \"}\"");
        http("log_format x 'a'b;", "unexpected \"b\"");
        server("location / {", "unexpected end of file, expecting \"}\"");
        server("server_name \"a\nb\"c;", "unexpected \"c\"");
        row("empty", f -> f.raw(""), "no \"events\" section in configuration", Console.REFUSES, Nginx.REFUSES);
        row(
                "bytes that are no text",
                f -> f.raw(IntStream.range(1, 4000)
                        .mapToObj(i -> "" + (char) (i * 7919 % 255))
                        .collect(Collectors.joining())),
                "",
                Console.PLACE,
                Nginx.REFUSES);
        row(
                "60,000 blocks in each other",
                f -> f.raw(times(60_000, "a{")),
                "unknown directive \"a\"",
                Console.PLACE,
                Nginx.REFUSES);
        row("60,000 closing braces", f -> f.raw(times(60_000, "}")), "unexpected \"}\"", Console.PLACE, Nginx.REFUSES);
        row(
                "300 locations in each other",
                f -> f.conf("", "", times(300, "location / {") + times(300, "}")),
                "nested deeper than",
                Console.PLACE,
                Nginx.ACCEPTS);
    }

    private static void files() {
        row("no nginx.conf", f -> {}, "failed (2: No such file or directory)", Console.NO_TEXT, Nginx.REFUSES);
        row(
                "a directory",
                f -> Files.createDirectory(f.file("nginx.conf")),
                "Is a directory",
                Console.NO_TEXT,
                Nginx.REFUSES);
        row(
                "a named pipe",
                f -> run("mkfifo", f.file("nginx.conf").toString()),
                "not a regular file",
                Console.NO_TEXT,
                Nginx.NOT_ASKED);
        row(
                "a link to itself",
                f -> Files.createSymbolicLink(f.file("nginx.conf"), f.file("nginx.conf")),
                "Too many levels of symbolic links",
                Console.NO_TEXT,
                Nginx.REFUSES);
        row(
                "a link to /dev/zero",
                f -> Files.createSymbolicLink(f.file("nginx.conf"), Path.of("/dev/zero")),
                "not a regular file",
                Console.NO_TEXT,
                Nginx.NOT_ASKED);
        row(
                "4 GB of NUL",
                f -> {
                    try (RandomAccessFile file =
                            new RandomAccessFile(f.file("nginx.conf").toFile(), "rw")) {
                        file.setLength(4L << 30);
                    }
                },
                "27: File too large",
                Console.NO_TEXT,
                Nginx.NOT_ASKED);
        http("include none.conf;", "none.conf\" failed (2: No such file or directory)");
        http("include .;", "Is a directory");
        http("include a b;", "invalid number of arguments in \"include\" directive");
        http("include nginx.conf/x;", "failed (20: Not a directory)");
        row("include /dev/zero", f -> f.conf("", "include /dev/zero;", ""), "failed (", Console.PLACE, Nginx.NOT_ASKED);
        row("include /dev/full", f -> f.conf("", "include /dev/full;", ""), "failed (", Console.PLACE, Nginx.NOT_ASKED);
        row(
                "include a named pipe",
                f -> {
                    run("mkfifo", f.file("pipe").toString());
                    f.conf("", "include pipe;", "");
                },
                "not a regular file",
                Console.PLACE,
                Nginx.NOT_ASKED);
        row(
                "include a NUL",
                f -> f.conf("", "include \"a\0b\";", ""),
                "invalid file name \"a\\x00b\"",
                Console.PLACE,
                Nginx.REFUSES);
        row(
                "include what is no UTF-8",
                f -> f.conf("", "include \u00ff\u00fe.conf;", ""),
                "failed (2: No such file",
                Console.PLACE,
                Nginx.REFUSES);
        row(
                "a pattern that is none",
                f -> f.conf("", "include /x/[; nonsense;", ""),
                "nonsense",
                Console.PLACE,
                Nginx.REFUSES);
        row(
                "include itself",
                f -> {
                    Files.writeString(f.file("self"), "include self;");
                    f.conf("", "include self;", "");
                },
                "nested deeper than",
                Console.PLACE,
                Nginx.NOT_ASKED);
        row(
                "include each other",
                f -> {
                    Files.writeString(f.file("one"), "include two; include two;");
                    Files.writeString(f.file("two"), "include one; include one;");
                    f.conf("", "include one;", "");
                },
                "nested deeper than",
                Console.PLACE,
                Nginx.NOT_ASKED);
        row(
                "1,001 files",
                f -> {
                    Files.createDirectory(f.file("many"));
                    for (int i = 0; i <= 1000; i++) {
                        Files.createFile(f.file("many/" + i));
                    }
                    f.conf("", "include many/*;", "");
                },
                "more than 1000 files",
                Console.PLACE,
                Nginx.ACCEPTS);
        row(
                "a mistake in an included file",
                f -> {
                    Files.writeString(f.file("inner"), "\n\nnonsense;");
                    f.conf("", "include inner;", "");
                },
                "inner:3",
                Console.PLACE,
                Nginx.REFUSES);
        row(
                "an included file that opens a block",
                f -> {
                    Files.writeString(f.file("inner"), "server {");
                    f.conf("", "include inner;", "");
                },
                "unexpected end of file, expecting \"}\" in ",
                Console.PLACE,
                Nginx.REFUSES);
    }

    private static void bounds() {
        row(
                "a map with a million entries",
                f -> f.conf("", "map $uri $x { " + numbered(1_000_000, "k# v#;\n") + "}", ""),
                "File too large",
                Console.NO_TEXT,
                Nginx.NOT_ASKED);
        row(
                "a map with 150,000 entries",
                f -> f.conf("", "map $uri $x { " + numbered(150_000, "k# v;\n") + "}", ""),
                "words",
                Console.NO_TEXT,
                Nginx.NOT_ASKED);
        row(
                "200,000 directives",
                f -> f.conf("", times(200_000, "add_header a b;"), ""),
                "words",
                Console.NO_TEXT,
                Nginx.NOT_ASKED);
        row(
                "7,000 servers",
                f -> f.conf("", times(7_000, "server {}\n"), ""),
                "blocks",
                Console.PLACE,
                Nginx.NOT_ASKED);
        row(
                "1,000 lines around 1,000 locations",
                f -> f.conf("", times(1_000, "add_header a b;\n"), numbered(1_000, "location /# {}\n")),
                "directives are in force",
                Console.PLACE,
                Nginx.NOT_ASKED);
        server("server_name ~" + times(100_000, "a") + ";", "too long parameter");
        server("location ~ " + times(2000, "(") + "a" + times(2000, ")") + " {}", "parentheses are too deeply nested");
        server(
                numbered(1001, "listen 127.0.0.1:1#;").replace("listen 127.0.0.1:10;", "listen 127.0.0.1:70000;"),
                "invalid port");
    }

    private static void numbers() {
        main("worker_processes -1;", "\"worker_processes\" directive invalid value");
        row(
                "99,999,999 workers",
                f -> f.conf("worker_processes 99999999;", "", ""),
                "must not be more than 1024",
                Console.PLACE,
                Nginx.ACCEPTS);
        main("worker_processes 99999999999999999999;", "\"worker_processes\" directive invalid value");
        http("client_max_body_size 99999999999999999999g;", "\"client_max_body_size\" directive invalid value");
        http("client_max_body_size " + times(3000, "9") + ";", "\"client_max_body_size\" directive invalid value");
        http("client_body_timeout 9999999999999999999y;", "\"client_body_timeout\" directive invalid value");
        row(
                "a time that overflows",
                f -> f.conf("", "client_body_timeout 9999999999y;", ""),
                "\"client_body_timeout\" directive invalid value",
                Console.PLACE,
                Nginx.REFUSES);
        http("keepalive_requests 99999999999999999999;", "\"keepalive_requests\" directive invalid number");
        row(
                "header buffers that overflow",
                f -> f.conf("", "large_client_header_buffers 999999999 99999m;", ""),
                "\"large_client_header_buffers\" directive must not be more than",
                Console.PLACE,
                Nginx.ACCEPTS);
        http("proxy_buffers 1000000 99999999999999g;", "\"proxy_buffers\" directive invalid value");
        http("limit_req_zone $uri zone=a:99999999999999999999m rate=1r/s;", "invalid zone size");
        http("limit_req_zone $uri zone=a:1k rate=1r/s;", "is too small");
        server("listen 127.0.0.1:99999;", "invalid port in \"127.0.0.1:99999\"");
        server("listen 127.0.0.1:port;", "invalid port in \"127.0.0.1:port\"");
        row(
                "a weight that overflows",
                f -> f.conf("", "upstream u { hash $uri consistent; server 127.0.0.1 weight=999999999; }", ""),
                "weights",
                Console.PLACE,
                Nginx.NOT_ASKED);
        http(
                "upstream u { keepalive 99999999999999999999; server 127.0.0.1; }",
                "invalid value \"99999999999999999999\" in \"keepalive\" directive");
        row(
                "exchanges that no heap holds",
                f -> f.conf("", "hop_exchanges 1000000000 1t;", ""),
                "hop_exchanges",
                Console.PLACE,
                Nginx.NOT_ASKED);
        row(
                "exchanges of more memory than there is",
                f -> f.conf("", "hop_exchanges 1000 1000000g;", ""),
                "half of the heap",
                Console.PLACE,
                Nginx.NOT_ASKED);
    }

    private static void meaning() {
        main("events {}", "\"events\" directive is duplicate");
        http("root;", "invalid number of arguments in \"root\" directive");
        http("listen 80;", "\"listen\" directive is not allowed here");
        http("upstream u {}", "no servers are inside upstream");
        http("map $uri $x { a 1; a 2; }", "conflicting parameter \"a\"");
        http("geo $x { ranges; 10.0.0.9-10.0.0.1 a; }", "invalid range \"10.0.0.9-10.0.0.1\"");
        http("geo $x { 300.1.1.1 a; }", "invalid network \"300.1.1.1\"");
        http("access_log a.log unknown;", "unknown log format \"unknown\"");
        server("location ~ ( {}", "pcre2_compile() failed");
        server("location ~ [[:nothing:]] {}", "pcre2_compile() failed");
        server("location ~ [[::]] {}", "pcre2_compile() failed");
        server("if ($uri { }", "invalid condition \"$uri\"");
        server("location / { proxy_pass nowhere; }", "invalid URL prefix");
        server("location /a { location /b {} }", "location \"/b\" is outside location \"/a\"");
        server("set $uri x;", "the duplicate \"uri\" variable");
        row(
                "a variable that nobody defines",
                f -> f.conf("", "", "return 200 $nobody;"),
                "unknown \"nobody\" variable",
                Console.REFUSES,
                Nginx.REFUSES);
        row(
                "a host that is not there",
                f -> f.conf("", "upstream u { server no.such.host.invalid; }", ""),
                "host not found in upstream",
                Console.FINE,
                Nginx.REFUSES);
    }

    private static void opening() {
        row(
                "an address that is taken",
                f -> f.conf("", "server { listen 127.0.0.1:" + f.taken + "; }", ""),
                "failed (98: Address already in use)",
                Console.FINE,
                Nginx.NOT_ASKED);
        row(
                "an address of another machine",
                f -> f.conf("", "server { listen 192.0.2.1:8080; }", ""),
                "failed (99: Cannot assign requested address)",
                Console.FINE,
                Nginx.REFUSES);
        server("listen unix:/" + times(107, "x") + ";", "too long path in the unix domain socket");
        row(
                "a socket in no directory",
                f -> f.conf("", "server { listen unix:" + f.file("none/x") + "; }", ""),
                "failed (2: No such file or directory)",
                Console.FINE,
                Nginx.REFUSES);
        row(
                "a log in no directory",
                f -> f.conf("", "access_log none/access.log;", ""),
                "failed (2: No such file or directory)",
                Console.FINE,
                Nginx.REFUSES);
        row(
                "a log that is a directory",
                f -> f.conf("", "access_log /;", ""),
                "failed (21: Is a directory)",
                Console.FINE,
                Nginx.REFUSES);
        row(
                "a pid file that is a directory",
                f -> f.raw("error_log error.log notice; pid /; events {} http { access_log off; }"),
                "failed (21: Is a directory)",
                Console.NO_TEXT,
                Nginx.REFUSES);
        row(
                "a cache below a file",
                f -> f.conf("", "proxy_cache_path nginx.conf/x keys_zone=a:1m;", ""),
                "failed (20: Not a directory)",
                Console.FINE,
                Nginx.REFUSES);
        server("listen 127.0.0.1:1 ssl;", "no \"ssl_certificate\" is defined");
        row(
                "no certificate",
                f -> f.conf("", "", "ssl_certificate none.crt; ssl_certificate_key none.key;"),
                "cannot load certificate",
                Console.REFUSES,
                Nginx.REFUSES);
        row(
                "a certificate that is none",
                f -> {
                    Files.writeString(
                            f.file("bad.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
                    f.conf("", "", "ssl_certificate bad.crt; ssl_certificate_key bad.crt;");
                },
                "cannot load certificate",
                Console.REFUSES,
                Nginx.REFUSES);
        row(
                "a certificate that never ends",
                f -> f.conf("", "", "ssl_certificate /dev/zero; ssl_certificate_key /dev/zero;"),
                "cannot load certificate",
                Console.REFUSES,
                Nginx.NOT_ASKED);
        row(
                "a key of another certificate",
                f -> {
                    certificates(f);
                    f.conf("", "", "ssl_certificate a.crt; ssl_certificate_key b.key;");
                },
                "key values mismatch",
                Console.REFUSES,
                Nginx.REFUSES);
    }
}
