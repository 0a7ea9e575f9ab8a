package hopyard.backend;

import hopyard.backend.django.Content;
import hopyard.backend.django.DjangoSettings;
import hopyard.backend.django.HttpRequest;
import hopyard.backend.django.HttpResponse;
import hopyard.backend.django.Site;
import hopyard.backend.traces.RequestSpan;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/**
 * Has each request pass Django's middleware. Django's own views are answered there; what is not theirs goes on to the
 * endpoints, with the header fields that Django adds.
 */
final class Django implements HttpHandler {

    /** How much of a form is kept, in bytes, with its files. */
    private static final int MAX_FORM = 8 << 20;

    /** How much memory a form may need, as a multiple of its length. */
    private static final long FORM_FACTOR = 5;

    private static final HttpString CONTENT_TYPE_OPTIONS = new HttpString("X-Content-Type-Options");

    private final DjangoSettings settings;
    private final Site site;
    private final Predicate<String> readContent;
    private final HttpHandler others;

    /**
     * @param readContent whether what stands at a path reads its content itself
     */
    Django(DjangoSettings settings, Site site, Predicate<String> readContent, HttpHandler others) {
        this.settings = settings;
        this.site = site;
        this.readContent = readContent;
        this.others = others;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        String path = exchange.getRequestPath();
        if (site.hasView(path)) {
            RequestSpan span = exchange.getAttachment(RequestSpan.KEY);
            if (span != null) {
                span.route(path);
            }
            Body.read(exchange, new Form(exchange));
        } else if (readContent.test(path)) {
            answer(exchange, Content.NONE);
        } else {
            Body.without(ended -> answer(ended, Content.NONE)).handleRequest(exchange);
        }
    }

    private void answer(HttpServerExchange exchange, Content content) throws Exception {
        HttpRequest request = site.request(exchange, content);
        exchange.putAttachment(Url.REQUEST, request);
        HttpResponse response = site.answer(request);
        HeaderMap headers = exchange.getResponseHeaders();
        response.fields().forEach((name, value) -> headers.put(new HttpString(name), value));
        if (response.isPassedOn()) {
            others.handleRequest(exchange);
            return;
        }
        if (!response.fields().containsKey(CONTENT_TYPE_OPTIONS.toString())) {
            headers.remove(CONTENT_TYPE_OPTIONS);
        }
        if (headers.getFirst(Headers.CONTENT_TYPE).startsWith("text/html")) {
            headers.put(SafeDefaults.CONTENT_SECURITY_POLICY, SafeDefaults.FORMS_ONLY);
        }
        response.cookies().forEach(cookie -> headers.add(Headers.SET_COOKIE, cookie));
        Respond.send(exchange, response.status(), headers.getFirst(Headers.CONTENT_TYPE), response.content());
    }

    /** A form that comes. */
    private final class Form implements Body.Reader {

        private final HttpServerExchange exchange;
        private final long length;
        private final HeldBytes body;
        private boolean isTooLong;
        private boolean hasNoRoom;

        Form(HttpServerExchange exchange) {
            this.exchange = exchange;
            // Django reads nothing of content whose length nobody has said
            length = Math.max(0, exchange.getRequestContentLength());
            body = new HeldBytes(exchange);
        }

        @Override
        public void take(ByteBuffer bytes) {
            isTooLong |= length > MAX_FORM;
            if (!isTooLong && !hasNoRoom && length > 0) {
                hasNoRoom = !body.add(bytes);
            }
        }

        @Override
        public void end() throws Exception {
            if (hasNoRoom || !Client.of(exchange).hold(FORM_FACTOR * body.length())) {
                Respond.tooMuch(exchange, "the memory for request bodies is used up");
            } else if (isTooLong && !isRefusedByDjango()) {
                Respond.text(
                        exchange,
                        413,
                        "a form may have " + MAX_FORM + " bytes here, with its files; /upload takes any size\n");
            } else {
                answer(exchange, new Content(length, bytes()));
            }
        }

        private boolean isRefusedByDjango() {
            Long max = settings.get(DjangoSettings.DATA_UPLOAD_MAX_MEMORY_SIZE);
            String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
            return max != null && length > max && (type == null || !type.startsWith("multipart/"));
        }

        private byte[] bytes() throws IOException {
            return body.stream().readAllBytes();
        }
    }
}
