package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server of gRPC by grpc-java that speaks TLS, behind nginx and behind Hopyard: what comes to pass is the same. */
class GrpcTlsDifferentialTest {

    private static final Metadata.Key<String> HOW = Metadata.Key.of("x-how", Metadata.ASCII_STRING_MARSHALLER);

    @TempDir
    private static Path directory;

    private static TestCertificate apps;
    private static TestCertificate visitors;
    private static TestCertificate strangers;

    @BeforeAll
    static void certificates() {
        Nginx.require();
        apps = TestCertificate.in(directory, "app", "app.example");
        visitors = TestCertificate.in(directory, "visitor", "visitor");
        strangers = TestCertificate.in(directory, "stranger", "stranger");
    }

    private static SslContext context() throws IOException {
        SslContextBuilder builder = SslContextBuilder.forServer(
                        apps.file().toFile(), apps.key().toFile())
                .trustManager(visitors.file().toFile())
                .clientAuth(ClientAuth.OPTIONAL);
        return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
    }

    /** Locations by the field {@code x-how}, which a call chooses one by. */
    private static String configuration(GrpcApp app, String listen) {
        String pass = "grpc_pass grpcs://" + app.address() + "; ";
        String trusting = "grpc_ssl_trusted_certificate " + apps.file() + "; ";
        String showing =
                "grpc_ssl_certificate " + visitors.file() + "; grpc_ssl_certificate_key " + visitors.key() + "; ";
        String server = "server " + app.address() + "; ";
        // in nginx all locations with the same upstream share its sessions, and with them what was found of
        // certificates
        return "client_max_body_size 0; upstream kept { " + server
                + "} grpc_ssl_protocols TLSv1.2 TLSv1.3; grpc_ssl_session_reuse off; server { " + listen
                + " location / { rewrite ^(.*)$ /$http_x_how$1 last; }"
                + location("usual", pass)
                + location("verified", "grpc_ssl_verify on; grpc_ssl_name app.example; " + trusting + pass)
                + location("named", "grpc_ssl_server_name on; grpc_ssl_name app.example; " + pass)
                + location("misnamed", "grpc_ssl_verify on; grpc_ssl_name other.example; " + trusting + pass)
                + location(
                        "untrusted",
                        "grpc_ssl_verify on; grpc_ssl_name app.example; grpc_ssl_trusted_certificate "
                                + strangers.file() + "; " + pass)
                + location("showing", showing + pass)
                + location("old", "grpc_ssl_protocols TLSv1.2; " + pass)
                + location("kept", "grpc_ssl_session_reuse on; grpc_pass grpcs://kept; ")
                + location("plain", "grpc_pass grpc://" + app.address() + "; ")
                + " }";
    }

    private static String location(String name, String lines) {
        return " location /" + name + "/ { rewrite ^/" + name + "(/.*)$ $1 break; " + lines + "}";
    }

    private static String call(Channel channel, String how, MethodDescriptor<byte[], byte[]> method, byte[] request) {
        try {
            byte[] response = ClientCalls.blockingUnaryCall(with(channel, how), method, soon(), request);
            return method == GrpcApp.TLS
                    ? new String(response, StandardCharsets.US_ASCII)
                    : response.length + " bytes, " + Arrays.hashCode(response);
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode().toString();
        }
    }

    private static CallOptions soon() {
        return CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private static Channel with(Channel channel, String how) {
        Metadata fields = new Metadata();
        fields.put(HOW, how);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(fields));
    }

    /** How many sessions three calls have. */
    private static int sessions(Channel channel, String how) {
        Set<String> made = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            long since = System.currentTimeMillis();
            // sessions are told from each other by their time
            Wait.until("the clock to move on", () -> System.currentTimeMillis() > since + 2);
            made.add(call(channel, how, GrpcApp.TLS, new byte[0]).replaceFirst(".*, made at ", ""));
        }
        return made.size();
    }

    private static List<String> run(int port) throws InterruptedException {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .maxInboundMessageSize(GrpcApp.MAX_MESSAGE)
                .build();
        List<String> seen = new ArrayList<>();
        try {
            for (String how :
                    new String[] {"usual", "verified", "named", "misnamed", "untrusted", "showing", "old", "plain"}) {
                // the suite is the choice of two, and a client of Java's has another order
                seen.add(how + ": "
                        + call(channel, how, GrpcApp.TLS, new byte[0])
                                .replaceFirst(", made at .*", "")
                                .replaceFirst("TLS_[A-Z0-9_]+", "SUITE"));
            }
            seen.add("large: " + call(channel, "usual", GrpcApp.ECHO, new byte[3_000_000]));
            int count = 0;
            Iterator<byte[]> all = ClientCalls.blockingServerStreamingCall(
                    with(channel, "usual"), GrpcApp.COUNT, soon(), "500".getBytes(StandardCharsets.US_ASCII));
            for (; all.hasNext(); all.next()) {
                count++;
            }
            seen.add("a server streams: " + count);
            seen.add("sessions of three calls: " + sessions(channel, "kept") + ", where they are not reused "
                    + sessions(channel, "usual"));
            return seen;
        } finally {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void callsOverTlsComeToTheSameAsWithNginx() throws Exception {
        List<String> nginxs;
        try (GrpcApp app = new GrpcApp(context());
                Nginx nginx = Nginx.withHttp(
                        directory.resolve("nginx"), configuration(app, "listen 127.0.0.1:@PORT@ http2;"))) {
            nginxs = run(nginx.port());
        }
        try (GrpcApp app = new GrpcApp(context());
                ProxyUnderTest proxy =
                        ProxyUnderTest.withHttp(directory, configuration(app, "listen 127.0.0.1:0 http2;"), 1)) {
            assertEquals(String.join("\n", nginxs), String.join("\n", run(proxy.port())));
        }
        assertTrue(nginxs.contains("showing: TLSv1.3, SUITE by CN=visitor"), nginxs::toString);
        assertTrue(nginxs.contains("misnamed: UNAVAILABLE"), nginxs::toString);
    }
}
