package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Text;
import hopyard.proxy.console.exchanges.AwaitedExchanges;
import hopyard.proxy.console.exchanges.Fields;
import hopyard.proxy.console.exchanges.Fields.Field;
import hopyard.proxy.record.Body;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.KeptContents;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** A kept exchange's request, to be sent again: as it was, or not at all. */
public final class Replay {

    /** Of one connection or one message only, so that whoever sends the request again writes them anew. */
    private static final Set<String> NOT_AGAIN = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "content-length",
            "transfer-encoding",
            "upgrade",
            "te",
            "trailer",
            "expect");

    /** The mark in the place of a secret. */
    private static final Pattern HIDDEN = Pattern.compile("\\[redacted:\\d+]");

    private final ConsoleContext context;
    private final AwaitedExchanges waiting;

    public Replay(ConsoleContext context, AwaitedExchanges waiting) {
        this.context = context;
        this.waiting = waiting;
    }

    /**
     * The request of exchange {@code replay}; {@code method}, {@code path}, {@code headers} and {@code body} that are
     * given take the place of its own.
     *
     * @param notes gets what is different from the original
     */
    WantedRequest wish(ObjectNode asked, List<String> notes) throws Refusal {
        ExchangeRecord record = find(asked.get("replay").asText());
        String path = asked.path("path").asText(Paths.fromBytes(record.target()));
        if (!asked.hasNonNull("path") && HIDDEN.matcher(path).find()) {
            throw new Refusal(
                    422, "a part of the exchange's target was hidden, " + path + ": give the \"path\" to send");
        }
        return WantedRequest.of(
                asked.path("method").asText(record.method()),
                path,
                asked.hasNonNull("headers") ? WantedRequest.fields(asked.get("headers")) : fields(record, notes),
                asked.hasNonNull("body") || asked.hasNonNull("bodyBase64")
                        ? WantedRequest.bytes(asked, "body")
                        : body(record));
    }

    private ExchangeRecord find(String id) throws Refusal {
        ExchangeRecord found = waiting.find(0, 0, r -> Long.toString(r.id()).equals(id) || id.equals(r.requestId()))
                .join();
        if (found == null) {
            throw new Refusal(404, "there is no exchange \"" + id + "\" (any more) to replay");
        }
        return found;
    }

    private static List<Field> fields(ExchangeRecord record, List<String> notes) {
        List<Field> fields = new ArrayList<>();
        for (Field field : Fields.of(record.fromClient())) {
            if (HIDDEN.matcher(field.value()).find()) {
                notes.add(field.name() + " is left out: its value was hidden when the exchange was kept");
            } else if (!NOT_AGAIN.contains(field.name().toLowerCase(Locale.ROOT))) {
                fields.add(field);
            }
        }
        // what the original did not have is not added, either
        for (String usual : List.of("User-Agent", "Accept", "Content-Type")) {
            if (fields.stream().noneMatch(f -> f.name().equalsIgnoreCase(usual))) {
                fields.add(new Field(usual, null));
            }
        }
        return fields;
    }

    private byte[] body(ExchangeRecord record) throws Refusal {
        boolean isChunked = record.fromClient().contains(Headers.TRANSFER_ENCODING);
        if (record.bytesReceived() <= 0 && !isChunked) {
            return new byte[0];
        }
        KeptContents contents = context.exchangeLog().contents(record.id());
        Body kept = contents == null ? null : contents.request();
        String had = "this exchange's request had a body"
                + (isChunked ? "" : " of " + Text.counted(record.bytesReceived(), "byte"));
        if (kept == null) {
            throw new Refusal(
                    422,
                    had + ", which was not kept, so it cannot be sent again as it was: give a \"body\", or have bodies"
                            + " kept, with hop_bodies in nginx.conf");
        }
        if (kept.isCut() || kept.isHidden() || kept.decoded() != null) {
            String why = kept.isCut()
                    ? "of which only the beginning was kept"
                    : kept.isHidden() ? "of which a part was hidden" : "which was kept without its " + kept.decoded();
            throw new Refusal(422, had + ", " + why + ", so it cannot be sent again as it was: give a \"body\"");
        }
        return kept.bytes();
    }
}
