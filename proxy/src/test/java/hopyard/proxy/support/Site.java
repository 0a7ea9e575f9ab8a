package hopyard.proxy.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;

/**
 * What the configurations of {@link CaseFile cases} are about: three apps, one that is down, files, passwords, a
 * certificate.
 */
public final class Site implements AutoCloseable {

    /** How long an answer may take, in ms. */
    private static final int TIMEOUT = 20_000;

    private static final Pattern IPV6 = Pattern.compile("listen \\[::]:\\d+[^;]*;");

    private final Path directory;
    private final List<ActingUpstream> apps = new ArrayList<>();
    private final List<CgiApp> cgiApps = new ArrayList<>();
    private final DeadPort dead = new DeadPort();
    private final TestCertificate certificate;
    private final SSLContext trusting;
    private final Path tlsFiles;

    /**
     * @param directory where its files are made
     */
    public Site(Path directory) throws Exception {
        this.directory = directory;
        for (int i = 1; i <= 3; i++) {
            apps.add(new ActingUpstream(i));
        }
        for (CgiApp.Protocol each : CgiApp.Protocol.values()) {
            cgiApps.add(new CgiApp(each));
            cgiApps.add(new CgiApp(each));
        }
        certificate = TestCertificate.in(directory, "server", "example.com");
        trusting = TestCertificate.trustingAnybody();
        tlsFiles = directory.resolve("tls");
        Path html = Files.createDirectories(directory.resolve("html/dir")).getParent();
        Files.createDirectories(html.resolve("listed/a dir"));
        Files.createDirectories(html.resolve("empty"));
        Files.writeString(html.resolve("listed/b & <c>.txt"), "b");
        Files.writeString(html.resolve("listed/" + "long-name".repeat(8)), "x".repeat(5_000));
        Files.writeString(html.resolve("listed/.hidden"), "");
        Files.writeString(html.resolve("listed/Caf\u00e9"), "");
        Files.writeString(html.resolve("listed/tab\tand \"quotes\" and \\"), "");
        Files.writeString(html.resolve("listed/a:b"), "");
        Files.writeString(html.resolve("listed/" + "\u00e9".repeat(60)), "");
        Files.createSymbolicLink(html.resolve("listed/nowhere"), Path.of("none"));
        links(html);
        scripts(html);
        Files.writeString(html.resolve("packed.txt"), "not packed");
        Files.writeString(html.resolve("packed.txt.gz"), "PACKED");
        byte[] once = gzip("compressed beforehand ".repeat(500));
        Files.write(html.resolve("zipped.txt.gz"), once);
        Files.write(html.resolve("two.txt.gz"), both(once, gzip("and more")));
        Files.write(html.resolve("none.txt.gz"), gzip(""));
        Files.write(html.resolve("broken.txt.gz"), both(once, "no gzip at all".getBytes()));
        Files.write(html.resolve("latin.html"), "caf\u00e9 \u00ff {}".getBytes(StandardCharsets.ISO_8859_1));
        Files.writeString(html.resolve("utf8.html"), "caf\u00e9 \u20ac \ud83d\ude00 x");
        Files.writeString(html.resolve("file.txt"), "0123456789\n");
        Files.writeString(html.resolve("index.html"), "<p>the index</p>\n");
        Files.writeString(html.resolve("dir/index.html"), "an index\n");
        Files.writeString(html.resolve("long.txt"), "many lines\n".repeat(2_000));
        Files.writeString(html.resolve("longer.txt"), "many lines\n".repeat(5_000));
        Files.writeString(html.resolve("htpasswd"), """
                # every password is "secret"
                apr1:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/
                md5:$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1
                sha256:$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.
                sha512:$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.
                des:abNANd1rDfiNc:and a comment
                sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
                ssha:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0
                plain:{PLAIN}secret
                bcrypt:$2y$05$pBnIaaxnnxmV7CP2MduFleBeEoqvrO1W.R7IMHY0kphhAqbhIFKq.
                """);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toByteArray();
    }

    private static byte[] both(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** Symbolic links; one is somebody else's where we may make such. */
    private static void links(Path html) throws IOException {
        Path links = Files.createDirectories(html.resolve("links/inner")).getParent();
        Files.writeString(links.resolve("plain.txt"), "plain\n");
        Files.writeString(links.resolve("inner/plain.txt"), "inner\n");
        Files.createSymbolicLink(links.resolve("file.txt"), Path.of("../file.txt"));
        Files.createSymbolicLink(links.resolve("dir"), Path.of("../dir"));
        Files.createSymbolicLink(links.resolve("broken"), Path.of("none"));
        Files.createSymbolicLink(links.resolve("loop"), Path.of("loop"));
        Path theirs = Files.createSymbolicLink(links.resolve("theirs"), Path.of("../file.txt"));
        if ("root".equals(System.getProperty("user.name"))) {
            Files.setAttribute(theirs, "unix:uid", 65_534, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** An app's directory, with scripts that nobody reads, and with what stands beside them. */
    private static void scripts(Path html) throws IOException {
        for (String each : List.of(
                "index.php",
                "status.php",
                "admin/index.php",
                "uploads/evil.php",
                "uploads/photo.jpg",
                "assets/app.css",
                "assets/app.js",
                "assets/logo.png",
                "static/admin/base.css",
                "readme.txt",
                ".env")) {
            Path file = html.resolve("php").resolve(each);
            Files.createDirectories(file.getParent());
            Files.writeString(file, each + "\n");
        }
    }

    public List<ActingUpstream> apps() {
        return apps;
    }

    /** Returns what each app has been asked so far, by its address. */
    public Map<String, List<String>> askedByAddress() {
        Map<String, List<String>> out = new HashMap<>();
        apps.forEach(app -> out.put(app.address(), List.copyOf(app.asked())));
        cgiApps.forEach(app -> out.put(app.address(), List.copyOf(app.asked())));
        return out;
    }

    /** What all apps have been asked since {@link #forgetAsked}. */
    public List<String> asked() {
        return Stream.concat(
                        apps.stream().flatMap(app -> app.asked().stream()),
                        cgiApps.stream().flatMap(app -> app.asked().stream()))
                .toList();
    }

    /** Forgets what the apps have been asked. */
    public void forgetAsked() {
        apps.forEach(app -> app.asked().clear());
        cgiApps.forEach(app -> app.asked().clear());
    }

    /** Returns a text with names in the place of the apps' addresses. */
    public String named(String text) {
        String out = text;
        for (int i = 0; i < apps.size(); i++) {
            out = out.replace(apps.get(i).address(), i == 0 ? "APP" : "APP" + (i + 1));
        }
        for (int i = 0; i < cgiApps.size(); i++) {
            out = out.replace(cgiApps.get(i).address(), mark(i));
        }
        out = out.replace(tlsFiles + "/", "TLS/");
        return out.replace("127.0.0.1:" + dead.number(), "DEAD");
    }

    private static String mark(int cgiApp) {
        return CgiApp.Protocol.values()[cgiApp / 2] + (cgiApp % 2 == 0 ? "" : "2");
    }

    public int deadPort() {
        return dead.number();
    }

    /**
     * The configuration with what its marks stand for.
     *
     * @param home what it may write to
     */
    public String filledIn(String conf, Path home) {
        if (conf.contains("@TLS@") && !Files.exists(tlsFiles)) {
            TlsFiles.make(tlsFiles);
        }
        String known = conf.replace("@TLS@", tlsFiles.toString());
        for (int i = 0; i < cgiApps.size(); i++) {
            known = known.replace("@" + mark(i) + "@", cgiApps.get(i).address());
        }
        return known.replace("@ROOT@", directory.resolve("html").toString())
                .replace("@DIR@", home.toString())
                .replace("@USER@", "root")
                .replace("@CERT@", certificate.file().toString())
                .replace("@KEY@", certificate.key().toString())
                .replace("@DEAD@", "127.0.0.1:" + dead.number())
                .replace("@APP2@", apps.get(1).address())
                .replace("@APP3@", apps.get(2).address())
                .replace("@APP@", apps.get(0).address());
    }

    /** A whole file that listens at these ports of the loopback in place of 80 and 443. */
    public static String atPorts(String conf, int plain, int tls) {
        return IPV6.matcher(conf)
                .replaceAll("")
                .replaceAll("listen 80\\b", "listen 127.0.0.1:" + plain)
                .replaceAll("listen 443\\b", "listen 127.0.0.1:" + tls);
    }

    /**
     * What comes back on a connection.
     *
     * @param from the client's port; 0 if it is not known
     * @param handshake what the handshake has come to, a line for each thing; empty if that does not matter
     * @param bytes all that comes until the connection ends
     */
    public record Answer(int from, String handshake, String bytes) {}

    /** Sends a request on a connection of its own, over TLS if wanted. */
    public Answer ask(int port, boolean tls, String request) throws IOException {
        if (!tls) {
            try (RawClient client = new RawClient(port)) {
                client.socket().setSoTimeout(TIMEOUT);
                return new Answer(
                        client.socket().getLocalPort(), "", client.send(request).readAll());
            }
        }
        return askOverTls(port, "", request);
    }

    /**
     * The same over TLS.
     *
     * @param options of {@code openssl s_client}; or the PROXY protocol's line, which is sent first; empty for a client
     *     of Java's
     */
    public Answer askOverTls(int port, String options, String request) throws IOException {
        if (options.startsWith("-")) {
            List<String> said = OpenSslClient.ask(directory, port, List.of(options.split(" ")), request);
            return new Answer(0, said.get(0), said.get(1));
        }
        try (Socket plain = new Socket("127.0.0.1", port)) {
            if (!options.isEmpty()) {
                plain.getOutputStream().write((options + "\r\n").getBytes(StandardCharsets.US_ASCII));
            }
            try (Socket socket = trusting.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                return new Answer(
                        plain.getLocalPort(),
                        "",
                        new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (ActingUpstream app : apps) {
            app.close();
        }
        for (CgiApp app : cgiApps) {
            app.close();
        }
        dead.close();
    }
}
