package hopyard.proxy.console.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What one proxy has said of its exchanges.
 *
 * @param address where it was asked
 * @param name what its machine is called; {@code null} if it has not said so
 * @param instance which process it is; {@code null} if it has not said so
 * @param exchanges the newest first
 * @param error why it has said nothing; {@code null} if it has
 */
record PeerAnswer(String address, String name, String instance, List<Entry> exchanges, String error) {

    /**
     * An exchange, as it is listed: as text, which takes a tenth of the memory of a tree.
     *
     * @param ended by the clock of its own machine
     */
    record Entry(Instant ended, String json) {
        /** @throws DateTimeException if it does not say when it ended, or nothing that a list has */
        static Entry of(ObjectNode exchange) {
            if (!ListedExchange.is(exchange)) {
                throw new DateTimeException("none that a list has");
            }
            return new Entry(Instant.parse(exchange.path("time").asText()), Json.compact(exchange));
        }
    }

    /** Of one proxy's exchanges so much is kept, in characters: the oldest of a longer list are left out. */
    private static final int MAX_KEPT = 128 << 10;

    /** More than 200 exchanges have; one is read at a time. */
    private static final int MAX_TOKENS = 200_000;

    private static final String NO_CONSOLE = "what answers there is no console";

    private static final ObjectMapper READER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxTokenCount(MAX_TOKENS)
                    .maxStringLength(MAX_KEPT)
                    .build())
            .build());

    static PeerAnswer failed(String address, String error) {
        return new PeerAnswer(address, null, null, List.of(), error);
    }

    /** Asks for the list. Whatever goes wrong is said in the answer. */
    static PeerAnswer ask(Peer peer, String rest, String authorization, Ticker ticker) {
        try (PeerConnection connection = new PeerConnection(peer, rest, "application/json", authorization, ticker)) {
            if (connection.status() != 200) {
                return failed(peer.address(), refusal(connection));
            }
            try (InputStream content = connection.content()) {
                return read(peer.address(), content);
            }
        } catch (JsonProcessingException | DateTimeException e) {
            return failed(peer.address(), NO_CONSOLE);
        } catch (IOException e) {
            return failed(peer.address(), "no answer: " + e.getMessage());
        }
    }

    /** What a console says that does not do what it is asked to. */
    static String refusal(PeerConnection connection) throws IOException {
        String said = "";
        try {
            JsonNode json = READER.readTree(connection.refusal());
            said = json == null ? "" : json.path("error").asText();
        } catch (JsonProcessingException e) {
            // an error page, whoever made it: its status says enough
            said = "";
        }
        return "it answers " + connection.status() + (said.isEmpty() ? "" : ": " + printable(said));
    }

    /** Text of another machine's, for a line of a terminal: without what a terminal would obey, or turn round. */
    static String printable(String text) {
        return text.replaceAll("\\p{C}", "?");
    }

    /** The same for lines. */
    static String printableLines(String text) {
        return text.replaceAll("[\\p{C}&&[^\n]]", "?");
    }

    /** One exchange in full. */
    static JsonNode tree(InputStream content) throws IOException {
        JsonNode tree = READER.readTree(content);
        if (tree instanceof ObjectNode exchange && ListedExchange.is(exchange)) {
            return exchange;
        }
        throw new IOException(NO_CONSOLE);
    }

    private static PeerAnswer read(String address, InputStream content) throws IOException {
        String name = null;
        String instance = null;
        List<Entry> exchanges = null;
        int kept = 0;
        try (JsonParser in = READER.getFactory().createParser(content)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                return failed(address, NO_CONSOLE);
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String field = in.currentName();
                JsonToken value = in.nextToken();
                if (field.equals("exchanges") && value == JsonToken.START_ARRAY) {
                    exchanges = new ArrayList<>();
                    JsonToken each = in.nextToken();
                    for (; each == JsonToken.START_OBJECT; each = in.nextToken()) {
                        Entry entry = Entry.of(READER.readTree(in));
                        kept += entry.json.length();
                        if (kept <= MAX_KEPT) {
                            exchanges.add(entry);
                        }
                    }
                    if (each != JsonToken.END_ARRAY) {
                        return failed(address, NO_CONSOLE);
                    }
                } else if (value == JsonToken.VALUE_STRING && field.equals("proxy")) {
                    name = in.getText().matches("[!-~]{1,255}") ? in.getText() : null;
                } else if (value == JsonToken.VALUE_STRING && field.equals("instance")) {
                    instance = in.getText();
                } else {
                    in.skipChildren();
                }
            }
        }
        return exchanges == null
                ? failed(address, NO_CONSOLE)
                : new PeerAnswer(address, name, instance, exchanges, null);
    }
}
