package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Iterators;
import hopyard.proxy.console.endpoint.JsonContent;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.TraceLink;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.Hostname;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.record.ExchangeRecord;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** {@code exchanges}, {@code exchanges/ID}, {@code exchanges/ID.har}, {@code exchanges.har} and {@code last}. */
public final class Exchanges {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    private static final int MAX_WAIT_MILLIS = 3000;

    private static final int MAX_SETTLE_MILLIS = 100;

    private static final String ID = "[0-9]{1,18}";

    private final ConsoleContext context;
    private final AwaitedExchanges waiting;
    private final String instance;

    /** @param instance tells this proxy from all others, on whatever machine */
    public Exchanges(ConsoleContext context, AwaitedExchanges waiting, String instance) {
        this.context = context;
        this.waiting = waiting;
        this.instance = instance;
    }

    public CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal {
        settle();
        String id = request.rest();
        if (id.isEmpty()) {
            Iterator<ExchangeRecord> found = filtered(request);
            return CompletableFuture.completedFuture(
                    Answer.of(request, 200, list(found, request.peers() != null), () -> table(found)));
        }
        boolean isHar = id.endsWith(".har");
        return find(request, isHar ? id.substring(0, id.length() - 4) : id)
                .thenApply(record -> isHar
                        ? Answer.ofJson(200, Har.of(List.of(record).iterator(), context.exchangeLog()))
                        : Answer.of(request, () -> full(record, request), () -> HopDiagram.of(record)));
    }

    public Answer har(ConsoleRequest request) throws Refusal {
        settle();
        return Answer.ofJson(200, Har.of(filtered(request), context.exchangeLog()));
    }

    /** Whoever has been answered and now asks what became of it is told that, and not what was before. */
    private void settle() {
        try {
            context.http().settled().get(MAX_SETTLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // an I/O thread is busy or gone: what has ended this moment may be missing
        }
    }

    public Answer last(ConsoleRequest request) throws Refusal {
        settle();
        Iterator<ExchangeRecord> all = context.exchangeLog().since(0);
        if (!all.hasNext()) {
            throw new Refusal(404, "no exchange has ended yet: send a request through the proxy first");
        }
        ExchangeRecord newest = all.next();
        return Answer.of(request, () -> full(newest, request), () -> HopDiagram.of(newest));
    }

    private ObjectNode full(ExchangeRecord record, ConsoleRequest request) {
        ObjectNode full = ExchangeView.full(record, context.exchangeLog().firstId());
        BodyView.into(full, record, context.exchangeLog().contents(record.id()));
        TraceLink link = request.traceLink();
        String trace = link == null ? null : record.traceId();
        if (trace != null) {
            full.putObject("trace").put("id", trace).put("link", link.to(trace)).put("name", link.name());
        }
        return full;
    }

    /** With {@code ?wait=MILLISECONDS}, one that has not ended yet may do so meanwhile. */
    private CompletableFuture<ExchangeRecord> find(ConsoleRequest request, String id) throws Refusal {
        int millis = request.integer("wait", 0, 0, MAX_WAIT_MILLIS);
        if (isOfEarlierRun(id)) {
            throw new Refusal(404, whyNotThere(id));
        }
        return waiting.find(0, millis, r -> Long.toString(r.id()).equals(id) || id.equals(r.requestId()))
                .thenCompose(record -> record != null
                        ? CompletableFuture.completedFuture(record)
                        : CompletableFuture.failedFuture(new Refusal(404, whyNotThere(id))));
    }

    private boolean isOfEarlierRun(String id) {
        return id.matches(ID) && Long.parseLong(id) <= context.exchangeLog().firstId();
    }

    private String whyNotThere(String id) {
        ExchangeLog log = context.exchangeLog();
        if (id.matches(ID)) {
            long number = Long.parseLong(id);
            if (isOfEarlierRun(id)) {
                return "exchange " + id + " is not of this run of the proxy, whose ids begin after " + log.firstId()
                        + ": what was kept before a restart is gone";
            }
            if (number > log.newestId()) {
                return "exchange " + id + " has not ended yet: the newest is " + log.newestId();
            }
            return "exchange " + id + " is not kept any more: only the newest are, as many as hop_exchanges says ("
                    + log.capacity() + ")";
        }
        return "there is no exchange \"" + id + "\" (any more): the newest are kept, as many as hop_exchanges says ("
                + log.capacity() + "), by id and by X-Request-ID";
    }

    private Iterator<ExchangeRecord> filtered(ConsoleRequest request) throws Refusal {
        int limit = request.integer("limit", 100, 1, Integer.MAX_VALUE);
        long since = request.id("since", 0);
        long before = request.id("before", Long.MAX_VALUE);
        String method = request.query().getOrDefault("method", "").toUpperCase(Locale.ROOT);
        String path = request.query().getOrDefault("path", "");
        String header = request.query().getOrDefault("header", "").toLowerCase(Locale.ROOT);
        String status = request.query().getOrDefault("status", "");
        if (!status.matches("|[1-9]xx|[1-9][0-9][0-9]")) {
            throw new Refusal(400, "status must be a code or a class: 502, 5xx");
        }
        Pattern statuses = Pattern.compile(status.replace('x', '.'));
        Iterable<ExchangeRecord> all = () -> context.exchangeLog().since(since, id -> id < before);
        return StreamSupport.stream(all.spliterator(), false)
                .filter(r -> method.isEmpty() || r.method().equals(method))
                .filter(r -> Paths.fromBytes(r.target()).contains(path))
                .filter(r -> status.isEmpty()
                        || statuses.matcher(Integer.toString(r.status())).matches())
                .filter(r -> header.isEmpty() || hasHeader(r, header))
                .limit(limit)
                .iterator();
    }

    /** Whether a header field that came from the client or went to it holds a text, in its name or its value. */
    private static boolean hasHeader(ExchangeRecord record, String text) {
        return Stream.of(record.fromClient(), record.toClient())
                .flatMap(fields -> Fields.of(fields).stream())
                .anyMatch(f ->
                        (f.name() + ": " + f.value()).toLowerCase(Locale.ROOT).contains(text));
    }

    /** Those that a query is about, as they are listed. */
    public Iterator<ObjectNode> summaries(ConsoleRequest request) throws Refusal {
        settle();
        return summaries(filtered(request));
    }

    private Iterator<ObjectNode> summaries(Iterator<ExchangeRecord> records) {
        return Iterators.map(
                records,
                record -> ExchangeView.summary(record, context.exchangeLog().firstId()));
    }

    private AnswerContent list(Iterator<ExchangeRecord> records, boolean hasPeers) {
        return new JsonContent(
                out -> {
                    out.writeStartObject();
                    out.writeStringField("proxy", Hostname.VALUE);
                    out.writeStringField("instance", instance);
                    out.writeBooleanField("peers", hasPeers);
                    out.writeNumberField("newest", context.exchangeLog().newestId());
                    out.writeNumberField("kept", context.exchangeLog().capacity());
                    out.writeNumberField("run", context.exchangeLog().firstId());
                    out.writeArrayFieldStart("exchanges");
                },
                summaries(records));
    }

    private static Iterator<String> table(Iterator<ExchangeRecord> records) {
        Iterator<String> title = List.of(String.format(
                        "%13s  %-12s  %-21s  %3s  %9s  %9s  %s%n",
                        "id", "ended", "client", "", "total ms", "app ms", "request"))
                .iterator();
        return Iterators.concat(title, Iterators.map(records, Exchanges::row));
    }

    private static String row(ExchangeRecord r) {
        return String.format(
                Locale.ROOT,
                "%13d  %-12s  %-21s  %3d  %9.2f  %9.2f  %s %s%s%n",
                r.id(),
                TIME.format(Instant.ofEpochMilli(r.endedAt())),
                r.from(),
                r.status(),
                r.totalMillis(),
                r.phases().millis(Stage.WAIT),
                r.method(),
                Paths.fromBytes(r.target()),
                r.outcome() == Outcome.OK ? "" : "  (" + r.outcome() + note(r) + ")");
    }

    private static String note(ExchangeRecord record) {
        Why why = record.reason();
        return why == null || why.toString().equals(record.outcome().toString()) ? "" : ": " + why;
    }
}
