package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client and a server by grpc-java, with nginx between them and with Hopyard: what comes to pass is the same. */
class GrpcDifferentialTest {

    @TempDir
    private Path directory;

    /** What is done over one proxy, and what has come of it. */
    private static final class Session implements AutoCloseable {
        private final ManagedChannel channel;
        private final GrpcApp app;
        private final List<String> seen = new ArrayList<>();

        Session(int port, GrpcApp app) {
            this.app = app;
            channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .maxInboundMessageSize(GrpcApp.MAX_MESSAGE)
                    .build();
        }

        List<String> run() throws InterruptedException {
            unary();
            streams();
            failures();
            return seen;
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }

        private static CallOptions soon() {
            return CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
        }

        private void call(String what, Channel over, MethodDescriptor<byte[], byte[]> method, byte[] request) {
            call(what, over, method, request, soon());
        }

        private void call(
                String what, Channel over, MethodDescriptor<byte[], byte[]> method, byte[] request, CallOptions how) {
            try {
                byte[] response = ClientCalls.blockingUnaryCall(over, method, how, request);
                seen.add(what + ": " + response.length + " bytes, " + Arrays.hashCode(response));
            } catch (StatusRuntimeException e) {
                Status status = e.getStatus();
                // the client's own words have times in them, and the whole of an answer that is not gRPC
                boolean isOurs = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
                String words = isOurs
                        ? ""
                        : status.getDescription().lines().findFirst().orElse("");
                seen.add(what + ": " + status.getCode() + ", " + words);
            }
        }

        private void unary() {
            call("a message", channel, GrpcApp.ECHO, bytes("hello"));
            call("no bytes", channel, GrpcApp.ECHO, bytes(""));
            for (int size : new int[] {16_379, 16_384, 65_535, 70_000, 3_000_000}) {
                call("a message of " + size, channel, GrpcApp.ECHO, new byte[size]);
            }
            Metadata sent = new Metadata();
            sent.put(GrpcApp.TEXT, "a text");
            sent.put(GrpcApp.BYTES, new byte[] {0, 1, (byte) 0xff});
            AtomicReference<Metadata> head = new AtomicReference<>();
            AtomicReference<Metadata> trailers = new AtomicReference<>();
            Channel with = ClientInterceptors.intercept(
                    channel,
                    MetadataUtils.newAttachHeadersInterceptor(sent),
                    MetadataUtils.newCaptureMetadataInterceptor(head, trailers));
            call("with metadata", with, GrpcApp.ECHO, bytes("x"));
            seen.add(text(head.get()) + " and " + text(trailers.get()));
            call("an error with metadata", with, GrpcApp.FAIL, bytes("x"));
            seen.add(text(trailers.get()));
            call("a deadline reaches the app", channel, GrpcApp.DEADLINE, bytes("x"));
        }

        private static String text(Metadata of) {
            return of.get(GrpcApp.TEXT) + " " + HexFormat.of().formatHex(of.get(GrpcApp.BYTES));
        }

        private void streams() throws InterruptedException {
            int hash = 0;
            int count = 0;
            Iterator<byte[]> all =
                    ClientCalls.blockingServerStreamingCall(channel, GrpcApp.COUNT, soon(), bytes("2000"));
            while (all.hasNext()) {
                hash = 31 * hash + Arrays.hashCode(all.next());
                count++;
            }
            seen.add("a server streams: " + count + ", " + hash);

            BlockingQueue<String> events = new LinkedBlockingQueue<>();
            StreamObserver<byte[]> out =
                    ClientCalls.asyncClientStreamingCall(channel.newCall(GrpcApp.SUM, soon()), observer(events));
            for (int i = 0; i < 500; i++) {
                out.onNext(new byte[i]);
            }
            out.onCompleted();
            seen.add("a client streams: " + next(events) + ", " + next(events));

            out = ClientCalls.asyncBidiStreamingCall(channel.newCall(GrpcApp.CHAT, soon()), observer(events));
            for (int i = 0; i < 20; i++) {
                out.onNext(bytes("turn " + i));
                seen.add("both stream: " + next(events));
            }
            out.onCompleted();
            seen.add(next(events));
        }

        private static String next(BlockingQueue<String> events) throws InterruptedException {
            return events.poll(20, TimeUnit.SECONDS);
        }

        private static StreamObserver<byte[]> observer(BlockingQueue<String> events) {
            return new StreamObserver<>() {
                @Override
                public void onNext(byte[] message) {
                    events.add(new String(message, StandardCharsets.US_ASCII));
                }

                @Override
                public void onError(Throwable e) {
                    events.add(Status.fromThrowable(e).getCode().toString());
                }

                @Override
                public void onCompleted() {
                    events.add("completed");
                }
            };
        }

        private void failures() throws InterruptedException {
            call("an error", channel, GrpcApp.FAIL, bytes("x"));
            call("a method that is not there", channel, other("test.Service/None"), bytes("x"));
            call(
                    "a deadline passes",
                    channel,
                    GrpcApp.NEVER,
                    bytes("x"),
                    CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS));
            seen.add("the app hears of it: " + app.cancelled.poll(20, TimeUnit.SECONDS));
            ClientCall<byte[], byte[]> call = channel.newCall(GrpcApp.NEVER, soon());
            BlockingQueue<String> events = new LinkedBlockingQueue<>();
            ClientCalls.asyncUnaryCall(call, bytes("x"), observer(events));
            call("another call meanwhile", channel, GrpcApp.ECHO, bytes("x"));
            call.cancel("enough", null);
            seen.add("a call is cancelled: " + next(events));
            seen.add("the app hears of it: " + app.cancelled.poll(20, TimeUnit.SECONDS));
            call("nobody there, with an error page", channel, other("gone.Paged/X"), bytes("x"));
            call("nobody there", channel, other("gone.Plain/X"), bytes("x"));
            call("the channel still works", channel, GrpcApp.ECHO, bytes("x"));
        }

        private static MethodDescriptor<byte[], byte[]> other(String name) {
            return GrpcApp.ECHO.toBuilder().setFullMethodName(name).build();
        }

        @Override
        public void close() throws InterruptedException {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    private static String configuration(GrpcApp app, String more) {
        int closed = Ports.free();
        return "client_max_body_size 0; upstream app { server " + app.address() + "; keepalive 4; }"
                + " server { " + more
                + " location / { grpc_pass grpc://app; }"
                + " location /gone.Paged { error_page 502 = @unavailable; grpc_pass 127.0.0.1:" + closed + "; }"
                + " location /gone.Plain { grpc_pass 127.0.0.1:" + closed + "; }"
                + " location @unavailable { default_type application/grpc; add_header grpc-status 14;"
                + " add_header grpc-message gone; add_header content-type application/grpc; return 204; } }";
    }

    @Test
    void callsComeToTheSameAsWithNginx() throws Exception {
        List<String> nginxs;
        try (GrpcApp app = new GrpcApp();
                Nginx nginx = Nginx.withHttp(
                        directory.resolve("nginx"), configuration(app, "listen 127.0.0.1:@PORT@ http2;"));
                Session session = new Session(nginx.port(), app)) {
            nginxs = session.run();
        }
        try (GrpcApp app = new GrpcApp();
                ProxyUnderTest proxy =
                        ProxyUnderTest.withHttp(directory, configuration(app, "listen 127.0.0.1:0 http2;"), 1);
                Session session = new Session(proxy.port(), app)) {
            assertEquals(String.join("\n", nginxs), String.join("\n", session.run()));
        }
        assertTrue(nginxs.contains("a method that is not there: UNIMPLEMENTED, Method not found: test.Service/None"));
        assertTrue(nginxs.contains("nobody there, with an error page: UNAVAILABLE, gone"));
    }
}
