package hopyard.proxy.nginx;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** A server of gRPC by grpc-java, whose messages are bytes. */
final class GrpcApp implements AutoCloseable {

    static final Metadata.Key<String> TEXT = Metadata.Key.of("x-text", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<byte[]> BYTES = Metadata.Key.of("x-bytes-bin", Metadata.BINARY_BYTE_MARSHALLER);

    static final MethodDescriptor<byte[], byte[]> ECHO = method("Echo", MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> FAIL = method("Fail", MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> NEVER = method("Never", MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> DEADLINE = method("Deadline", MethodType.UNARY);
    /** Answers with what is known of the connection's TLS. */
    static final MethodDescriptor<byte[], byte[]> TLS = method("Tls", MethodType.UNARY);

    static final MethodDescriptor<byte[], byte[]> COUNT = method("Count", MethodType.SERVER_STREAMING);
    static final MethodDescriptor<byte[], byte[]> SUM = method("Sum", MethodType.CLIENT_STREAMING);
    static final MethodDescriptor<byte[], byte[]> CHAT = method("Chat", MethodType.BIDI_STREAMING);

    private static final Context.Key<String> SESSION = Context.key("session");

    static final int MAX_MESSAGE = 16 << 20;

    private final Server server;

    /** What has happened to calls that were cancelled. */
    final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Sends the caller's metadata back, with the head and behind the content. */
    private static final class Reflection implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
            return next.startCall(
                    new SimpleForwardingServerCall<Q, A>(call) {
                        @Override
                        public void sendHeaders(Metadata headers) {
                            copy(headers);
                            super.sendHeaders(headers);
                        }

                        @Override
                        public void close(Status status, Metadata trailers) {
                            copy(trailers);
                            super.close(status, trailers);
                        }

                        private void copy(Metadata to) {
                            if (metadata.containsKey(TEXT)) {
                                to.put(TEXT, metadata.get(TEXT));
                                to.put(BYTES, metadata.get(BYTES));
                            }
                        }
                    },
                    metadata);
        }
    }

    /** Keeps what is known of the connection's TLS for who answers a call. */
    private static final class Session implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
            SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
            Context with = Context.current().withValue(SESSION, session == null ? "none" : text(session));
            return Contexts.interceptCall(with, call, metadata, next);
        }

        private static String text(SSLSession session) {
            String peer;
            try {
                peer = session.getPeerPrincipal().getName();
            } catch (SSLPeerUnverifiedException e) {
                peer = "nobody";
            }
            return session.getProtocol() + ", " + session.getCipherSuite() + " by " + peer + ", made at "
                    + session.getCreationTime();
        }
    }

    GrpcApp() throws IOException {
        this(null);
    }

    /** @param tls how it speaks TLS; {@code null} if it does not */
    GrpcApp(SslContext tls) throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder("test.Service")
                .addMethod(ECHO, ServerCalls.asyncUnaryCall((q, out) -> answer(out, q)))
                .addMethod(
                        FAIL,
                        ServerCalls.asyncUnaryCall((q, out) -> out.onError(Status.FAILED_PRECONDITION
                                .withDescription("100 % ünfinished")
                                .asRuntimeException())))
                .addMethod(
                        NEVER,
                        ServerCalls.asyncUnaryCall((q, out) -> ((ServerCallStreamObserver<byte[]>) out)
                                .setOnCancelHandler(() -> cancelled.add("never"))))
                .addMethod(
                        DEADLINE,
                        ServerCalls.asyncUnaryCall((q, out) -> answer(
                                out,
                                Boolean.toString(Context.current().getDeadline() != null)
                                        .getBytes())))
                .addMethod(
                        TLS,
                        ServerCalls.asyncUnaryCall(
                                (q, out) -> answer(out, SESSION.get().getBytes())))
                .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcApp::count))
                .addMethod(SUM, ServerCalls.asyncClientStreamingCall(GrpcApp::sum))
                .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(GrpcApp::chat))
                .build();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .maxInboundMessageSize(MAX_MESSAGE)
                .addService(ServerInterceptors.intercept(service, new Reflection(), new Session()));
        if (tls != null) {
            builder.sslContext(tls);
        }
        server = builder.build().start();
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName("test.Service/" + name)
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    private static void answer(StreamObserver<byte[]> out, byte[] message) {
        out.onNext(message);
        out.onCompleted();
    }

    private static void count(byte[] to, StreamObserver<byte[]> out) {
        int last = Integer.parseInt(new String(to, StandardCharsets.US_ASCII));
        for (int i = 1; i <= last; i++) {
            out.onNext(("message " + i + " ").repeat(100).getBytes(StandardCharsets.US_ASCII));
        }
        out.onCompleted();
    }

    private static StreamObserver<byte[]> sum(StreamObserver<byte[]> out) {
        return new StreamObserver<>() {
            private long sum;

            @Override
            public void onNext(byte[] message) {
                sum += message.length;
            }

            @Override
            public void onError(Throwable e) {
                // the caller has gone
            }

            @Override
            public void onCompleted() {
                answer(out, Long.toString(sum).getBytes(StandardCharsets.US_ASCII));
            }
        };
    }

    private static StreamObserver<byte[]> chat(StreamObserver<byte[]> out) {
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] message) {
                out.onNext(message);
            }

            @Override
            public void onError(Throwable e) {
                // the caller has gone
            }

            @Override
            public void onCompleted() {
                out.onCompleted();
            }
        };
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
