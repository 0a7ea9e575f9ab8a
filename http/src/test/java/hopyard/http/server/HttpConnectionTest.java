package hopyard.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import io.undertow.UndertowOptions;
import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.nio.SocketChannels;

/** Requests on a connection, over a real socket: what the handler gets of them, and what the client gets back. */
class HttpConnectionTest {

    private XnioWorker worker;
    private Closeable listening;
    private Socket client;
    private volatile HttpHandler handler = exchange -> answer(exchange, exchange.getRequestPath());

    @BeforeEach
    void connect() throws IOException {
        worker = Xnio.getInstance()
                .createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1, Options.THREAD_DAEMON, true));
        HttpListener http =
                new HttpListener(new BufferPool(16 << 10), OptionMap.create(UndertowOptions.MAX_ENTITY_SIZE, -1L));
        http.setHandler(exchange -> handler.handleRequest(exchange));
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listening = SocketChannels.accept(worker, server, http::handleEvent);
        client = new Socket(InetAddress.getLoopbackAddress(), server.socket().getLocalPort());
        client.setSoTimeout(20_000);
    }

    @AfterEach
    void end() throws IOException {
        client.close();
        listening.close();
        worker.shutdownNow();
    }

    // ---- the two ends

    private static void answer(HttpServerExchange exchange, String text) {
        exchange.setResponseContentLength(text.length());
        exchange.getResponseSender().send(text);
    }

    private static void answerContent(HttpServerExchange exchange) {
        exchange.getRequestReceiver().receiveFullBytes((read, content) -> {
            RequestMistake mistake = read.getAttachment(RequestMistake.KEY);
            HeaderMap trailers = read.getAttachment(HttpAttachments.REQUEST_TRAILERS);
            answer(
                    read,
                    mistake != null
                            ? mistake.message()
                            : new String(content, StandardCharsets.ISO_8859_1)
                                    + (trailers == null ? "" : " " + trailers.getFirst("sum")));
        });
    }

    private void send(String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    private static String post(String fields, String content) {
        return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + content;
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = client.getInputStream().read();
            assertTrue(b >= 0, () -> "the connection ends after: " + head);
            head.append((char) b);
        }
        return head.toString();
    }

    /** The content of the next response. */
    private String content() throws IOException {
        String head = head();
        int length = Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+)\r.*", "$1"));
        return new String(client.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    private void assertEnds() throws IOException {
        InputStream in = client.getInputStream();
        assertEquals(-1, in.read());
    }

    // ---- one after the other

    @Test
    void requestsThatComeTogetherAreAnsweredInTheirOrder() throws IOException {
        send(get("/1") + get("/2") + get("/3"));
        assertEquals("/1", content());
        assertEquals("/2", content());
        assertEquals("/3", content());
    }

    @Test
    void aHeadThatComesByteForByteIsOneRequest() throws Exception {
        client.setTcpNoDelay(true);
        for (char each : get("/slow").toCharArray()) {
            send(String.valueOf(each));
        }
        assertEquals("/slow", content());
    }

    @Test
    void theConnectionEndsAfterARequestThatSaysSo() throws IOException {
        send("GET /last HTTP/1.1\r\nHost: a\r\nConnection: a, Close\r\n\r\n" + get("/more"));
        assertTrue(head().contains("Connection: close\r\n"));
        assertEquals("/last", new String(client.getInputStream().readNBytes(5), StandardCharsets.US_ASCII));
        assertEnds();
    }

    @Test
    void anOldClientKeepsItsConnectionOnlyIfItAsks() throws IOException {
        send("GET /kept HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        assertEquals("/kept", content());
        send("GET /last HTTP/1.0\r\n\r\n");
        assertEquals("/last", content());
        assertEnds();
    }

    @Test
    void whatIsNoRequestIsForTheHandlerToAnswer() throws IOException {
        handler = exchange -> {
            RequestMistake mistake = exchange.getAttachment(RequestMistake.KEY);
            exchange.setStatusCode(mistake.status());
            exchange.setPersistent(false);
            answer(exchange, mistake.message());
        };
        send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        assertEquals(
                "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading client"
                        + " request headers",
                content());
        assertEnds();
    }

    @Test
    void requestsAheadThatThereIsNoMemoryForAreNotAnsweredAndTheConnectionEnds() throws IOException {
        long all = Long.MAX_VALUE / 2;
        HeldMemory.hold(all);
        try {
            send(get("/1") + get("/2"));
            assertTrue(head().contains("Connection: close\r\n"));
            assertEquals("/1", new String(client.getInputStream().readNBytes(2), StandardCharsets.US_ASCII));
            assertEnds();
        } finally {
            HeldMemory.free(all);
        }
    }

    // ---- content

    @Test
    void contentOfKnownLengthEndsWhereTheNextRequestBegins() throws IOException {
        handler = exchange -> answerContent(exchange);
        send(post("Content-Length: 3", "abc") + post("Content-Length: 0003", "def") + get("/"));
        assertEquals("abc", content());
        assertEquals("def", content());
        assertEquals("", content());
    }

    @Test
    void chunksEndWhereTheNextRequestBegins() throws IOException {
        handler = exchange -> answerContent(exchange);
        send(post("Transfer-Encoding: chunked", "2\r\nab\r\n1;x=\"y\"\r\nc\r\n0\r\nSum: 3\r\n\r\n") + get("/"));
        assertEquals("abc 3", content());
        assertEquals("", content());
    }

    @Test
    void chunksThatComeByteForByteAreTheSameContent() throws IOException {
        handler = exchange -> answerContent(exchange);
        client.setTcpNoDelay(true);
        for (char each : post("Transfer-Encoding: chunked", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
                .toCharArray()) {
            send(String.valueOf(each));
        }
        assertEquals("abc", content());
    }

    @Test
    void aChunkThatIsLongerThanABufferComesWhole() throws IOException {
        handler = exchange -> answerContent(exchange);
        String data = "x".repeat(100_000);
        send(post("Transfer-Encoding: chunked", Integer.toHexString(data.length()) + "\r\n" + data + "\r\n0\r\n\r\n"));
        assertEquals(data, content());
    }

    @Test
    void aMalformedChunkIsForTheHandlerToAnswerAndEndsTheConnection() throws IOException {
        handler = exchange -> answerContent(exchange);
        send(post("Transfer-Encoding: chunked", "2\r\nabc\r\n0\r\n\r\n") + get("/smuggled"));
        assertEquals("client sent invalid chunked body", content());
        assertEnds();
    }

    @Test
    void moreChunksThanThereMayBeAreForTheHandlerToAnswer() throws IOException {
        handler = exchange -> {
            exchange.putAttachment(RequestMistake.MAX_CONTENT, 4L);
            answerContent(exchange);
        };
        send(post("Transfer-Encoding: chunked", "4\r\nabcd\r\nffff\r\n"));
        assertEquals("client intended to send too large chunked body: 4+65535 bytes", content());
    }

    @Test
    void contentThatNobodyReadsIsDroppedAndTheNextRequestIsRead() throws IOException {
        send(post("Content-Length: 6", "abc"));
        assertEquals("/", content());
        send("def" + get("/next"));
        assertEquals("/next", content());
    }

    @Test
    void continueComesBeforeTheContentThatIsAskedFor() throws IOException {
        handler = exchange -> HttpContinue.sendContinueResponse(exchange, new IoCallback() {
            @Override
            public void onComplete(HttpServerExchange continued, Sender sender) {
                answerContent(continued);
            }

            @Override
            public void onException(HttpServerExchange continued, Sender sender, IOException reason) {
                throw new IllegalStateException(reason);
            }
        });
        send(post("Expect: 100-continue\r\nContent-Length: 3", ""));
        assertEquals("HTTP/1.1 100 Continue\r\n\r\n", head());
        send("abc" + post("Expect: 100-continue\r\nContent-Length: 3", ""));
        assertEquals("abc", content());
        assertEquals("HTTP/1.1 100 Continue\r\n\r\n", head());
        send("def");
        assertEquals("def", content());
    }

    // ---- responses

    @Test
    void aResponseOfUnknownLengthComesInChunks() throws IOException {
        handler = exchange -> {
            exchange.getResponseChannel().write(ByteBuffer.wrap(new byte[] {'a', 'b'}));
            exchange.endExchange();
        };
        send(get("/") + get("/"));
        for (int i = 0; i < 2; i++) {
            assertTrue(head().contains("Transfer-Encoding: chunked\r\n"));
            assertEquals(
                    "02\r\nab\r\n0\r\n\r\n",
                    new String(client.getInputStream().readNBytes(13), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aResponseToHeadHasTheFieldsAndNoContent() throws IOException {
        send("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n" + get("/next"));
        assertTrue(head().contains("Content-Length: 5\r\n"));
        assertEquals("/next", content());
    }

    @Test
    void aResponseThatHasNoContentSaysNothingOfItsLength() throws IOException {
        handler = exchange -> {
            if (exchange.getRequestPath().equals("/none")) {
                exchange.setStatusCode(204);
                exchange.getResponseHeaders().put(Headers.CONTENT_LENGTH, 5);
                exchange.endExchange();
            } else {
                answer(exchange, "next");
            }
        };
        send(get("/none") + get("/"));
        assertFalse(head().contains("Content-Length"));
        assertEquals("next", content());
    }

    // ---- what goes on beside

    @Test
    void aClientThatLeavesIsNoticedWhileItsRequestIsAnswered() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        CountDownLatch watching = new CountDownLatch(1);
        handler = exchange -> {
            ((HttpConnection) exchange.getConnection()).watch(gone::countDown);
            watching.countDown();
        };
        send(get("/") + get("/ahead"));
        assertTrue(watching.await(20, TimeUnit.SECONDS));
        client.close();
        assertTrue(gone.await(20, TimeUnit.SECONDS));
    }

    @Test
    void whoeverTakesTheConnectionOverGetsWhatCameBehindTheRequest() throws IOException {
        handler = exchange -> {
            exchange.upgradeChannel((channel, upgraded) -> {
                ByteBuffer bytes = ByteBuffer.allocate(100);
                try {
                    channel.getSourceChannel().read(bytes);
                    channel.getSinkChannel().write(bytes.flip());
                    channel.close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            exchange.endExchange();
        };
        send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello");
        assertTrue(head().startsWith("HTTP/1.1 101 "));
        assertEquals("hello", new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }
}
