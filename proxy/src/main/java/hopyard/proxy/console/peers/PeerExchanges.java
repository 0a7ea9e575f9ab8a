package hopyard.proxy.console.peers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.HopPeers;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.console.exchanges.Exchanges;
import hopyard.proxy.io.Hostname;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code peers}: this proxy's newest exchanges and those of the others that {@code hop_peers} names, as one list;
 * {@code peers/ADDRESS/ID}: one of theirs in full. They are asked for their own exchanges only, so it does not matter
 * whether they have peers of their own, or this one among them.
 */
public final class PeerExchanges {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 200;

    /** So many people may wait for lists at a time. */
    private static final int MAX_AT_ONCE = 4;

    /** And so many for one exchange. */
    private static final int MAX_SINGLE = 8;

    /** For each step: for finding the peers, and for what each of them says. */
    private static final int MAX_MILLIS = 3_000;

    /** What of a query is for the peers, too. */
    private static final List<String> FILTERS = List.of("method", "path", "status", "header");

    private static final Pattern ONE = Pattern.compile("([^/]+)/([0-9]{1,18})");

    private final ConsoleContext context;
    private final Exchanges own;
    private final String instance;
    private final WorkerThreads workers =
            new WorkerThreads("console-peers", Peer.MAX_PEERS, 2 * MAX_AT_ONCE * Peer.MAX_PEERS);
    private final Semaphore lists = new Semaphore(MAX_AT_ONCE);
    private final Semaphore singles = new Semaphore(MAX_SINGLE);

    /**
     * @param own this proxy's
     * @param instance what they say to tell this proxy from all others
     */
    public PeerExchanges(ConsoleContext context, Exchanges own, String instance) {
        this.context = context;
        this.own = own;
        this.instance = instance;
    }

    public CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal {
        HopPeers peers = request.peers();
        if (peers == null) {
            throw new Refusal(404, "this console knows of no other proxies: hop_peers names them");
        }
        Matcher one = ONE.matcher(request.rest());
        if (!request.rest().isEmpty() && !one.matches()) {
            throw new Refusal(400, "\"" + request.path() + "\" is none of peers, peers/ADDRESS:PORT/ID");
        }
        Semaphore places = one.matches() ? singles : lists;
        if (!places.tryAcquire()) {
            throw Refusal.busy("too many others wait for what other proxies say");
        }
        CompletableFuture<Answer> answer;
        try {
            answer = one.matches() ? one(request, peers, one.group(1), one.group(2)) : all(request, peers);
        } catch (Refusal | RuntimeException e) {
            places.release();
            throw e;
        }
        return answer.whenComplete((value, failure) -> places.release());
    }

    private CompletableFuture<Answer> one(ConsoleRequest request, HopPeers peers, String address, String id) {
        return work(() -> {
            Peer peer = Peer.find(peers).peers().stream()
                    .filter(each -> each.address().equals(address))
                    .findFirst()
                    .orElseThrow(
                            () -> new Refusal(404, "\"" + address + "\" is none of the proxies that hop_peers names"));
            boolean isJson = request.format() == ConsoleRequest.Format.JSON;
            String accept = isJson ? "application/json" : "text/plain";
            try (PeerConnection connection =
                    new PeerConnection(peer, "exchanges/" + id, accept, peers.authorization(), context.ticker())) {
                if (connection.status() != 200) {
                    throw new Refusal(404, address + ": " + PeerAnswer.refusal(connection));
                }
                try (InputStream content = connection.content()) {
                    return full(request, content);
                }
            } catch (IOException e) {
                throw new Refusal(502, address + ": no answer: " + e.getMessage());
            }
        });
    }

    private static Answer full(ConsoleRequest request, InputStream content) throws IOException {
        if (request.format() == ConsoleRequest.Format.JSON) {
            return Answer.json(200, PeerAnswer.tree(content));
        }
        String text = new String(content.readAllBytes(), StandardCharsets.UTF_8);
        return Answer.of(request, Json::object, () -> PeerAnswer.printableLines(text));
    }

    private CompletableFuture<Answer> all(ConsoleRequest request, HopPeers peers) throws Refusal {
        int limit = request.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        StringBuilder asked = new StringBuilder("exchanges?limit=" + limit);
        for (String name : FILTERS) {
            if (request.query().containsKey(name)) {
                asked.append('&')
                        .append(name)
                        .append('=')
                        .append(encoded(request.query().get(name)));
            }
        }
        PeerAnswer self = self(request);
        CompletableFuture<Peer.Found> search = work(() -> Peer.find(peers));
        endIn(search, () -> new Peer.Found(List.of(), List.of("the name server does not answer")));
        return search.thenCompose(found -> {
                    List<CompletableFuture<PeerAnswer>> answers = new ArrayList<>();
                    found.peers().forEach(each -> answers.add(ask(each, asked.toString(), peers.authorization())));
                    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                            .thenApply(all -> new PeerList(
                                    self,
                                    answers.stream()
                                            .map(CompletableFuture::join)
                                            .toList(),
                                    found.problems()));
                })
                .thenApply(list -> list.answer(request, limit));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** What this proxy would say to another one. */
    private PeerAnswer self(ConsoleRequest request) throws Refusal {
        List<PeerAnswer.Entry> exchanges = new ArrayList<>();
        Iterator<ObjectNode> all = own.summaries(request);
        all.forEachRemaining(each -> exchanges.add(PeerAnswer.Entry.of(each)));
        String address = Addresses.text(request.exchange().client().local());
        return new PeerAnswer(address, Hostname.VALUE, instance, exchanges, null);
    }

    private CompletableFuture<PeerAnswer> ask(Peer peer, String rest, String authorization) {
        CompletableFuture<PeerAnswer> answer = work(() -> PeerAnswer.ask(peer, rest, authorization, context.ticker()));
        endIn(answer, () -> PeerAnswer.failed(peer.address(), "no answer within " + MAX_MILLIS + " ms"));
        return answer;
    }

    /** Something that may have to wait for others. */
    private interface Waiting<T> {
        T get() throws Refusal;
    }

    private <T> CompletableFuture<T> work(Waiting<T> waiting) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            workers.execute(() -> {
                try {
                    if (!result.isDone()) {
                        result.complete(waiting.get());
                    }
                } catch (Refusal | RuntimeException | OutOfMemoryError | StackOverflowError e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(Refusal.busy("the console has too many proxies to ask"));
        }
        return result;
    }

    /** Whoever has not answered by then is not waited for. */
    private <T> void endIn(CompletableFuture<T> result, Supplier<T> otherwise) {
        ScheduledFuture<?> end =
                context.ticker().schedule(() -> result.complete(otherwise.get()), MAX_MILLIS, TimeUnit.MILLISECONDS);
        result.whenComplete((value, failure) -> end.cancel(false));
    }
}
