package hopyard.otlp;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

/**
 * Sends what the library's exporter writes for OTLP/HTTP. The library's own sender follows redirects: then a page to
 * log in at would count as an endpoint that has taken the spans, and the headers of nginx.conf would go to whomever it
 * names.
 */
final class HttpPosts implements HttpSender {

    /** An answer has no more that anybody reads, in bytes. */
    private static final long MAX_ANSWER = 64 << 10;

    private record Answer(int getStatusCode, String getStatusMessage, byte[] getResponseBody) implements HttpResponse {}

    private final HttpSenderConfig config;
    private final OkHttpClient client;

    HttpPosts(HttpSenderConfig config) {
        this.config = config;
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .dispatcher(new Dispatcher(new ThreadPoolExecutor(
                        0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), HttpPosts::thread)))
                .followRedirects(false)
                .followSslRedirects(false)
                .connectTimeout(config.getConnectTimeout())
                .callTimeout(config.getTimeout());
        // there is a context without a trust manager, too, where the JVM's authorities are meant, which is the default
        // here
        if (config.getSslContext() != null && config.getTrustManager() != null) {
            builder.sslSocketFactory(config.getSslContext().getSocketFactory(), config.getTrustManager());
        }
        client = builder.build();
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "span-sender");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void send(MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
        Request.Builder request = new Request.Builder().url(config.getEndpoint().toString());
        config.getHeadersSupplier()
                .get()
                .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        request.post(new RequestBody() {
            @Override
            public MediaType contentType() {
                return MediaType.get(config.getContentType());
            }

            @Override
            public long contentLength() {
                return message.getContentLength();
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                message.writeMessage(sink.outputStream());
            }
        });
        client.newCall(request.build()).enqueue(new Callback() {
            @Override
            public void onResponse(Call call, Response response) {
                onResponse.accept(answer(response));
            }

            @Override
            public void onFailure(Call call, IOException e) {
                onError.accept(e);
            }
        });
    }

    private static Answer answer(Response response) {
        byte[] body;
        try (response) {
            body = response.peekBody(MAX_ANSWER).bytes();
        } catch (IOException e) {
            // the status is there, and says what has become of the batch
            body = new byte[0];
        }
        return new Answer(response.code(), response.message(), body);
    }

    @Override
    public CompletableResultCode shutdown() {
        client.dispatcher().cancelAll();
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
        return CompletableResultCode.ofSuccess();
    }
}
