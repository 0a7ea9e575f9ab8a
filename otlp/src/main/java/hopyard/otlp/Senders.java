package hopyard.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What the library's exporters send by: senders that keep what an endpoint says of a batch that it has taken in part.
 * An exporter sends in the thread in which it is asked to, which is one at a time.
 */
final class Senders implements ComponentLoader {

    /** What has been said of one batch. */
    static final class Said {
        private volatile PartialSuccess partial = PartialSuccess.NONE;

        PartialSuccess partial() {
            return partial;
        }
    }

    private static final ComponentLoader LIBRARY = ComponentLoader.forClassLoader(Senders.class.getClassLoader());

    private Said next = new Said();

    /** Returns what will have been said of the batch that is sent next. */
    Said next() {
        next = new Said();
        return next;
    }

    @Override
    public <T> Iterable<T> load(Class<T> kind) {
        if (kind == HttpSenderProvider.class) {
            HttpSenderProvider provider = config -> new Http(new HttpPosts(config));
            return List.of(kind.cast(provider));
        }
        if (kind == GrpcSenderProvider.class) {
            GrpcSenderProvider library =
                    ComponentLoader.loadList(LIBRARY, GrpcSenderProvider.class).get(0);
            GrpcSenderProvider provider = config -> new Grpc(library.createSender(config));
            return List.of(kind.cast(provider));
        }
        return LIBRARY.load(kind);
    }

    /** Keeps what an answer to the batch that is sent now says of it, before others get the answer. */
    private <R> Consumer<R> noting(Function<R, byte[]> message, Consumer<R> onResponse) {
        Said said = next;
        return response -> {
            said.partial = PartialSuccess.read(message.apply(response));
            onResponse.accept(response);
        };
    }

    private final class Http implements HttpSender {
        private final HttpSender sender;

        Http(HttpSender sender) {
            this.sender = sender;
        }

        @Override
        public void send(MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
            sender.send(message, noting(HttpResponse::getResponseBody, onResponse), onError);
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }

    private final class Grpc implements GrpcSender {
        private final GrpcSender sender;

        Grpc(GrpcSender sender) {
            this.sender = sender;
        }

        @Override
        public void send(MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
            sender.send(message, noting(GrpcResponse::getResponseMessage, onResponse), onError);
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }
}
