package hopyard.otlp;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** A receiver of OTLP, over HTTP or gRPC, which decodes what it gets and answers as it is told. */
public final class OtlpReceiver implements AutoCloseable {

    /** What it does with a batch. */
    public enum Answer {
        TAKE,
        /** 503 over HTTP, UNAVAILABLE over gRPC. */
        REFUSE,
        /** All but one span, and says so: {@code no room}. */
        TAKE_PART,
        /** 302 over HTTP, to a page that answers 200. */
        REDIRECT,
        /** Nothing, until it is told otherwise. */
        HANG
    }

    private final List<ExportTraceServiceRequest> batches = new CopyOnWriteArrayList<>();
    private final Map<String, String> fields = new ConcurrentSkipListMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "otlp-receiver");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Answer answer = Answer.TAKE;
    private volatile CountDownLatch hanging = new CountDownLatch(1);
    private volatile int seen;
    private volatile int logins;
    private String endpoint;
    private Runnable stop;

    private OtlpReceiver() {}

    /** Starts one for OTLP/HTTP. */
    public static OtlpReceiver http() {
        OtlpReceiver receiver = new OtlpReceiver();
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(receiver.threads);
        server.createContext("/v1/traces", receiver::overHttp);
        server.createContext("/login", receiver::login);
        server.start();
        receiver.endpoint = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
        receiver.stop = () -> server.stop(0);
        return receiver;
    }

    /** Starts one for OTLP/gRPC. */
    public static OtlpReceiver grpc() {
        return grpc(null, null);
    }

    /** Starts one for OTLP/gRPC over TLS if there is a certificate with its key. */
    public static OtlpReceiver grpc(File certificate, File key) {
        OtlpReceiver receiver = new OtlpReceiver();
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        if (certificate != null) {
            builder.useTransportSecurity(certificate, key);
        }
        MethodDescriptor<ExportTraceServiceRequest, ExportTraceServiceResponse> export =
                MethodDescriptor.<ExportTraceServiceRequest, ExportTraceServiceResponse>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("opentelemetry.proto.collector.trace.v1.TraceService/Export")
                        .setRequestMarshaller(new Messages<>(ExportTraceServiceRequest.parser()))
                        .setResponseMarshaller(new Messages<>(ExportTraceServiceResponse.parser()))
                        .build();
        ServerServiceDefinition service = ServerServiceDefinition.builder(
                        "opentelemetry.proto.collector.trace.v1.TraceService")
                .addMethod(export, ServerCalls.asyncUnaryCall(receiver::overGrpc))
                .build();
        Server server = builder.executor(receiver.threads)
                .addService(ServerInterceptors.intercept(service, receiver.new Noting()))
                .build();
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        receiver.endpoint = (certificate == null ? "127.0.0.1:" : "https://localhost:") + server.getPort();
        receiver.stop = server::shutdownNow;
        return receiver;
    }

    private record Messages<M extends MessageLite>(Parser<M> parser) implements MethodDescriptor.Marshaller<M> {
        @Override
        public InputStream stream(M message) {
            return new ByteArrayInputStream(message.toByteArray());
        }

        @Override
        public M parse(InputStream bytes) {
            try {
                return parser.parseFrom(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final class Noting implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            for (String name : headers.keys()) {
                if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                    fields.put(name, headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
                }
            }
            return next.startCall(call, headers);
        }
    }

    private void overHttp(HttpExchange exchange) throws IOException {
        exchange.getRequestHeaders().forEach((name, values) -> fields.put(name.toLowerCase(), values.get(0)));
        try (exchange;
                InputStream raw = exchange.getRequestBody()) {
            boolean isGzip = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            ExportTraceServiceRequest batch =
                    ExportTraceServiceRequest.parseFrom(isGzip ? new GZIPInputStream(raw) : raw);
            if (!takes(batch)) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            if (answer == Answer.REDIRECT) {
                exchange.getResponseHeaders().set("Location", "/login");
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            byte[] body = answer().toByteArray();
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void overGrpc(ExportTraceServiceRequest batch, StreamObserver<ExportTraceServiceResponse> out) {
        if (takes(batch)) {
            out.onNext(answer());
            out.onCompleted();
        } else {
            out.onError(Status.UNAVAILABLE.withDescription("closed for today").asRuntimeException());
        }
    }

    private ExportTraceServiceResponse answer() {
        if (answer != Answer.TAKE_PART) {
            return ExportTraceServiceResponse.getDefaultInstance();
        }
        return ExportTraceServiceResponse.newBuilder()
                .setPartialSuccess(ExportTracePartialSuccess.newBuilder()
                        .setRejectedSpans(1)
                        .setErrorMessage("no room\n"))
                .build();
    }

    private void login(HttpExchange exchange) throws IOException {
        logins++;
        try (exchange) {
            exchange.sendResponseHeaders(200, -1);
        }
    }

    /** Returns how often somebody has followed a redirect. */
    public int logins() {
        return logins;
    }

    private boolean takes(ExportTraceServiceRequest batch) {
        synchronized (this) {
            seen++;
        }
        if (answer == Answer.HANG) {
            try {
                hanging.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (answer == Answer.REFUSE) {
            return false;
        }
        batches.add(batch);
        return true;
    }

    /** Sets what it does with the next batches, and lets those go on that hang. */
    public void answers(Answer how) {
        answer = how;
        hanging.countDown();
        hanging = new CountDownLatch(1);
    }

    /** Returns how many batches have come, taken or not. */
    public int seen() {
        return seen;
    }

    /** Returns what {@code endpoint} is to say. */
    public String endpoint() {
        return endpoint;
    }

    /** Returns the fields that came with the last batch, by their names in lower case. */
    public Map<String, String> fields() {
        return fields;
    }

    /** Returns the batches that were taken. */
    public List<ExportTraceServiceRequest> batches() {
        return batches;
    }

    /** Returns the resource of the first batch. */
    public Resource resource() {
        return batches.get(0).getResourceSpans(0).getResource();
    }

    /** Returns the spans that were taken. */
    public List<Span> spans() {
        return batches.stream()
                .flatMap(batch -> batch.getResourceSpansList().stream())
                .flatMap(each -> each.getScopeSpansList().stream())
                .flatMap(each -> each.getSpansList().stream())
                .toList();
    }

    /** Waits until so many spans have been taken, and returns all. */
    public List<Span> await(int count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (spans().size() < count) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited in vain for " + count + " spans: " + tree());
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
        return spans();
    }

    /** Returns an id as hex digits. */
    public static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }

    /** Returns attributes as text, by their names. */
    public static Map<String, String> attributes(List<KeyValue> attributes) {
        Map<String, String> out = new TreeMap<>();
        attributes.forEach(each -> out.put(each.getKey(), text(each.getValue())));
        return out;
    }

    private static String text(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case INT_VALUE -> Long.toString(value.getIntValue());
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
            case ARRAY_VALUE ->
                value.getArrayValue().getValuesList().stream()
                        .map(OtlpReceiver::text)
                        .collect(Collectors.joining(", ", "[", "]"));
            default -> value.toString();
        };
    }

    /** Returns the spans as trees: each below its parent, with its times, attributes and events. */
    public String tree() {
        List<Span> all = spans();
        StringBuilder out = new StringBuilder();
        for (Span span : all) {
            boolean isRoot = all.stream().noneMatch(each -> each.getSpanId().equals(span.getParentSpanId()));
            if (isRoot) {
                out.append("trace ").append(hex(span.getTraceId()));
                if (!span.getParentSpanId().isEmpty()) {
                    out.append(", parent ").append(hex(span.getParentSpanId()));
                }
                append(out.append('\n'), "  ", span, span.getStartTimeUnixNano(), all);
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, String indent, Span span, long start, List<Span> all) {
        out.append(indent).append(hex(span.getSpanId())).append(' ');
        out.append(span.getKind().name().replace("SPAN_KIND_", "")).append(' ').append(span.getName());
        out.append(String.format(
                "  %.3f to %.3f ms",
                millis(span.getStartTimeUnixNano(), start), millis(span.getEndTimeUnixNano(), start)));
        if (span.hasStatus() && span.getStatus().getCodeValue() != 0) {
            out.append("  ")
                    .append(span.getStatus().getCode())
                    .append(' ')
                    .append(span.getStatus().getMessage());
        }
        out.append('\n');
        attributes(span.getAttributesList())
                .forEach((name, value) -> out.append(indent)
                        .append("    ")
                        .append(name)
                        .append(" = ")
                        .append(value)
                        .append('\n'));
        span.getEventsList()
                .forEach(event -> out.append(indent)
                        .append(String.format("    at %.3f ms: ", millis(event.getTimeUnixNano(), start)))
                        .append(event.getName())
                        .append(' ')
                        .append(attributes(event.getAttributesList()))
                        .append('\n'));
        all.stream()
                .filter(each -> each.getParentSpanId().equals(span.getSpanId()))
                .forEach(each -> append(out, indent + "  ", each, start, all));
    }

    private static double millis(long nanos, long start) {
        return (nanos - start) / 1e6;
    }

    @Override
    public void close() {
        answers(Answer.TAKE);
        stop.run();
        threads.shutdownNow();
    }
}
