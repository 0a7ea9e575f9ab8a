package hopyard.proxy;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.console.Console;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.running.RunningServer;
import hopyard.proxy.server.Configuration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * A program that does once what a proxy does from its start to its first responses, and ends. The build runs it, and
 * the JVM notes which classes are used. With the archive of these classes ({@code -XX:SharedArchiveFile}), the proxy
 * starts in half the time.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html">Class Data Sharing</a>
 */
public final class WarmUp {

    private static final int REQUESTS = 20;

    /** How long the server may be silent, in ms. */
    private static final int TIMEOUT = 10_000;

    /**
     * What clients say where TLS is spoken and they do not know it: HTTP, another protocol, a record that is too long.
     */
    private static final String[] MISTAKES = {
        "GET / HTTP/1.1\r\nHost: warm-up\r\n\r\n",
        "SSH-2.0-client\r\n",
        "\u0016\u0003\u0001\u00ff\u00ff" + "x".repeat(20_000)
    };

    private static final String HTTP = """
            log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                '"$http_referer" "$http_user_agent" $request_time';
            access_log access.log main;
            include mime.types;
            map $http_upgrade $connection_upgrade { default upgrade; "" close; }
            upstream app { server 127.0.0.2:%1$d; keepalive 8; }
            server {
                listen 127.0.0.1:0;
                server_name warm-up;
                hop_trace on;
                location / {
                    proxy_pass http://app;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                }
                location ~ ^/own(.*)$ { add_header X-Rest $1; return 200 "$uri\\n"; }
                location /tls { proxy_pass https://127.0.0.3:%2$d; }
                location /_hops/ { hop_console; }
            }
            server { listen 127.0.0.2:0; return 200 "an app"; }
            server { listen 127.0.0.3:0 ssl; hop_certificate on; return 200 "an app, over TLS"; }
            """;

    private WarmUp() {}

    /** @throws AssertionError if the proxy does not answer */
    public static void main(String[] args) throws IOException, ConfException, InterruptedException {
        Libraries.quiet();
        Path directory = Files.createTempDirectory("hopyard-warm-up-");
        Files.writeString(directory.resolve("mime.types"), "types { text/html html; }");
        // the apps' ports are known only when the apps listen: the first round finds them
        int[] ports = serve(directory, 1, 1);
        serve(directory, ports[1], ports[2]);
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        System.exit(0);
    }

    /** Runs a server and sends it a few requests. Returns its port, and those of its apps. */
    private static int[] serve(Path directory, int appPort, int tlsPort)
            throws IOException, ConfException, InterruptedException {
        Path file = Files.writeString(
                directory.resolve("nginx.conf"),
                "error_log error.log; events {} http { " + HTTP.formatted(appPort, tlsPort) + " }");
        CommandLine line = new CommandLine();
        line.file = file.toString();
        line.directives = "hop_authority authority;";
        Console console = new Console();
        ConfigurationLoader loader = Main.loader(line, directory, console);
        Configuration configuration = loader.load();
        HttpServer server = new HttpServer(configuration, HttpServer.newBufferPool());
        console.attach(new RunningServer(server, loader));
        server.use(configuration);
        int[] ports = server.boundAddresses().stream()
                .mapToInt(address -> address.getPort())
                .toArray();
        for (int i = 0; i < REQUESTS; i++) {
            for (String path : new String[] {"/", "/own/x", "/tls", "/_hops/last"}) {
                ask(ports[0], path);
            }
        }
        for (String mistake : MISTAKES) {
            say(ports[2], mistake);
        }
        server.stop();
        console.close();
        return ports;
    }

    /** Says something and waits until the other side closes the connection, however it does. */
    private static void say(int port, String what) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.3"), port)) {
            socket.setSoTimeout(TIMEOUT);
            socket.getOutputStream().write(what.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            // it was reset, because not all was read
        }
    }

    private static void ask(int port, String path) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: warm-up\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] response = socket.getInputStream().readAllBytes();
            if (!new String(response, StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 ")) {
                throw new AssertionError("no answer to " + path);
            }
        }
    }
}
