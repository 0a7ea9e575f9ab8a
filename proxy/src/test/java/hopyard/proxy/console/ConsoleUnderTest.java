package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** A proxy with a console in front of an upstream, and a client that asks it. */
public final class ConsoleUnderTest implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OkHttpClient CLIENT =
            new OkHttpClient.Builder().followRedirects(false).build();

    /** What came back. */
    public record Answer(int status, String type, String body) {
        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new AssertionError(body, e);
            }
        }
    }

    public final RawUpstream upstream;
    public final ProxyUnderTest proxy;

    private ConsoleUnderTest(RawUpstream upstream, ProxyUnderTest proxy) {
        this.upstream = upstream;
        this.proxy = proxy;
    }

    public static ConsoleUnderTest start(Path directory) throws IOException {
        return start(directory, "", "hop_console edit;");
    }

    /**
     * @param http more lines of the http block
     * @param console the lines of the console's location
     */
    public static ConsoleUnderTest start(Path directory, String http, String console) throws IOException {
        RawUpstream upstream =
                RawUpstream.answering("HTTP/1.1 200 OK\r\nX-App: yes\r\nSet-Cookie: sid=secret1; Path=/\r\n"
                        + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
        ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http(upstream, http, console));
        return new ConsoleUnderTest(upstream, proxy);
    }

    public static ConsoleUnderTest of(RawUpstream upstream, ProxyUnderTest proxy) {
        return new ConsoleUnderTest(upstream, proxy);
    }

    private static String http(RawUpstream upstream, String http, String console) {
        return "hop_trace on; " + http + " upstream app { server " + upstream.address() + "; keepalive 4; }\n"
                + "server { listen 127.0.0.1:0; server_name test.example second.example *.wild.example; proxy_http_version 1.1;\n"
                + "proxy_set_header Connection ''; proxy_set_header Host $http_host;\n"
                + "proxy_set_header X-Real-IP $remote_addr;\n"
                + "location / { proxy_pass http://app; }\n"
                + "location = /own { return 200 own; }\n"
                + "location /_hops/ { " + console + " }\n}";
    }

    public Request.Builder request(String path) {
        return new Request.Builder().url(proxy.url(path));
    }

    public Answer get(String path) throws IOException {
        return send(request(path).header("Accept", "application/json"));
    }

    public JsonNode json(String path) throws IOException {
        Answer answer = get(path);
        assertTrue(answer.status() == 200, answer.toString());
        return answer.json();
    }

    public Answer text(String path) throws IOException {
        return send(request(path).header("User-Agent", "curl/8.0"));
    }

    public Answer post(String path, Object body) throws IOException {
        return send(request(path)
                .header("Accept", "application/json")
                .post(RequestBody.create(JSON.writeValueAsBytes(body), MediaType.get("application/json"))));
    }

    public Answer delete(String path) throws IOException {
        return send(request(path).header("Accept", "application/json").delete());
    }

    public Answer send(Request.Builder request) throws IOException {
        try (Response response = CLIENT.newCall(request.build()).execute()) {
            return new Answer(
                    response.code(),
                    response.header("Content-Type"),
                    response.body().string());
        }
    }

    /** Sends a request through the proxy and waits until the console knows it. */
    public JsonNode exchange(Request.Builder request) throws IOException {
        long before = json("/_hops/exchanges").get("newest").asLong();
        send(request);
        JsonNode[] found = new JsonNode[1];
        Wait.until("the exchange to be recorded", () -> {
            JsonNode newer = json("/_hops/exchanges?since=" + before).get("exchanges");
            found[0] = newer.path(0);
            return !newer.isEmpty();
        });
        return json("/_hops/exchanges/" + found[0].get("id").asLong());
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        upstream.close();
    }
}
