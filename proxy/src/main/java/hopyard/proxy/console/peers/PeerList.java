package hopyard.proxy.console.peers;

import static hopyard.proxy.console.endpoint.Text.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Iterators;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.JsonContent;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What all proxies have said, as one list. */
final class PeerList {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    /** An exchange, and whose it is. */
    private record Row(PeerAnswer proxy, PeerAnswer.Entry exchange) {}

    private final PeerAnswer self;
    private final List<PeerAnswer> others = new ArrayList<>();
    private final List<String> problems;

    /**
     * @param self what this proxy says; it may be among the answers, too, where a name stands for all proxies
     * @param problems why some could not be asked
     */
    PeerList(PeerAnswer self, List<PeerAnswer> answers, List<String> problems) {
        this.self = self;
        this.problems = problems;
        for (PeerAnswer each : answers) {
            // one that has several addresses is one all the same
            boolean isKnown = each.instance() != null
                    && Stream.concat(Stream.of(self), others.stream())
                            .anyMatch(known -> each.instance().equals(known.instance()));
            if (!isKnown) {
                others.add(each);
            }
        }
    }

    private Stream<PeerAnswer> all() {
        return Stream.concat(Stream.of(self), others.stream());
    }

    /** What a proxy is called: as its machine, with its port where several are on one; else by its address. */
    private String label(PeerAnswer proxy) {
        if (proxy.name() == null) {
            return proxy.address();
        }
        boolean isOnlyOne =
                all().filter(each -> Objects.equals(each.name(), proxy.name())).count() == 1;
        return isOnlyOne
                ? proxy.name()
                : proxy.name() + proxy.address().substring(proxy.address().lastIndexOf(':'));
    }

    /** In the form that the asker reads; {@code proxy} in the query narrows it to one, by its name or address. */
    Answer answer(ConsoleRequest request, int limit) {
        String wanted = request.query().getOrDefault("proxy", "");
        List<Row> rows = all().filter(
                        each -> wanted.isEmpty() || wanted.equals(label(each)) || wanted.equals(each.address()))
                .flatMap(each -> each.exchanges().stream().map(exchange -> new Row(each, exchange)))
                .sorted(Comparator.comparing((Row row) -> row.exchange.ended()).reversed())
                .limit(limit)
                .toList();
        return Answer.of(
                request,
                200,
                new JsonContent(
                        out -> {
                            out.writeStartObject();
                            out.writeArrayFieldStart("proxies");
                            for (PeerAnswer each : all().toList()) {
                                out.writeTree(proxy(each));
                            }
                            out.writeEndArray();
                            out.writeArrayFieldStart("problems");
                            for (String each : problems) {
                                out.writeString(each);
                            }
                            out.writeEndArray();
                            out.writeArrayFieldStart("exchanges");
                        },
                        Iterators.map(rows.iterator(), this::json)),
                () -> text(rows));
    }

    private ObjectNode proxy(PeerAnswer answer) {
        return Json.object()
                .put("name", label(answer))
                .put("address", answer.address())
                .put("self", answer == self)
                .put("error", answer.error());
    }

    /** The exchange as its own proxy lists it, with whose it is. */
    private ObjectNode json(Row row) {
        ObjectNode exchange = tree(row.exchange);
        exchange.put("proxy", label(row.proxy));
        exchange.put("peer", row.proxy == self ? null : row.proxy.address());
        return exchange;
    }

    private static ObjectNode tree(PeerAnswer.Entry entry) {
        try {
            return (ObjectNode) Json.MAPPER.readTree(entry.json());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("it was written here", e);
        }
    }

    private Iterator<String> text(List<Row> rows) {
        StringBuilder head = new StringBuilder();
        int width = all().mapToInt(each -> label(each).length()).max().orElse(0);
        for (PeerAnswer each : all().toList()) {
            String said = each == self ? "this one" : each.error() == null ? "at " + each.address() : each.error();
            line(head, "%-" + width + "s  %s%n", label(each), said);
        }
        problems.forEach(each -> line(head, "%s%n", each));
        line(
                head,
                "%n%-" + width + "s  %13s  %-12s  %-21s  %3s  %9s  %s%n",
                "proxy",
                "id",
                "ended",
                "client",
                "",
                "total ms",
                "request");
        return Iterators.concat(
                List.of(head.toString()).iterator(), Iterators.map(rows.iterator(), row -> row(row, width)));
    }

    private String row(Row row, int width) {
        JsonNode exchange = tree(row.exchange);
        StringBuilder out = new StringBuilder();
        line(
                out,
                "%-" + width + "s  %13s  %-12s  %-21s  %3d  %9.2f  %s %s%n",
                label(row.proxy),
                exchange.path("id").asText(),
                TIME.format(row.exchange.ended()),
                PeerAnswer.printable(exchange.path("client").path("from").asText()),
                exchange.path("status").asInt(),
                exchange.path("phases").path("totalMs").asDouble(),
                PeerAnswer.printable(exchange.path("method").asText()),
                PeerAnswer.printable(exchange.path("target").asText()));
        return out.toString();
    }
}
