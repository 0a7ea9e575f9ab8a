package hopyard.proxy.console;

import hopyard.proxy.console.config.Config;
import hopyard.proxy.console.config.Linter;
import hopyard.proxy.console.config.LocalHttps;
import hopyard.proxy.console.config.LocationTester;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Endpoint;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Reply;
import hopyard.proxy.console.endpoint.Watchers;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.console.exchanges.AwaitedExchanges;
import hopyard.proxy.console.exchanges.Exchanges;
import hopyard.proxy.console.exchanges.LiveStreams;
import hopyard.proxy.console.exchanges.PendingView;
import hopyard.proxy.console.exchanges.Stats;
import hopyard.proxy.console.experiments.Certificates;
import hopyard.proxy.console.experiments.Compare;
import hopyard.proxy.console.experiments.Load;
import hopyard.proxy.console.experiments.PlayCertificates;
import hopyard.proxy.console.experiments.Replay;
import hopyard.proxy.console.experiments.Send;
import hopyard.proxy.console.experiments.Targets;
import hopyard.proxy.console.peers.PeerExchanges;
import hopyard.proxy.console.sockets.Doors;
import hopyard.proxy.console.sockets.NameServers;
import hopyard.proxy.console.sockets.OpenDoors;
import hopyard.proxy.console.sockets.Passthroughs;
import hopyard.proxy.console.sockets.Sockets;
import hopyard.proxy.exchange.Exchange;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** All that the console can be asked for, by name, and who works for it. */
final class ConsoleEndpoints {

    /** One that need not wait for anything. */
    private interface PromptEndpoint {
        Answer answer(ConsoleRequest request) throws Refusal;
    }

    /**
     * An endpoint and who works for it.
     *
     * @param changing who works where the request is no GET
     */
    record Place(Endpoint endpoint, WorkerThreads reading, WorkerThreads changing) {

        WorkerThreads workers(ConsoleRequest request) {
            return request.changesState() ? changing : reading;
        }
    }

    private final Map<String, Place> places = new TreeMap<>();
    private final LiveStreams live;
    private final Config config;

    /**
     * @param workers make answers
     */
    ConsoleEndpoints(ConsoleContext context, WorkerThreads workers) {
        // one configuration at a time: each may take as much memory as all the rest of the console
        WorkerThreads loaders = new WorkerThreads("console-config", 1, 8);
        // connecting and accepting block for a moment, and one has to see what the other did
        WorkerThreads porters = new WorkerThreads("console-doors", 1, 8);
        Watchers watchers = new Watchers();
        AwaitedExchanges waiting = new AwaitedExchanges(context);

        String instance = UUID.randomUUID().toString();
        Exchanges exchanges = new Exchanges(context, waiting, instance);
        read("exchanges", exchanges::answer, workers);
        read("exchanges.har", request -> done(exchanges.har(request)), workers);
        read("last", request -> done(exchanges.last(request)), workers);
        read("peers", new PeerExchanges(context, exchanges, instance)::answer, workers);
        PendingView pending = new PendingView(context);
        read("pending", pending::answer, workers);
        Stats stats = new Stats(context);
        read("stats", request -> done(stats.answer(request)), workers);
        read("metrics", request -> done(stats.metrics(request)), workers);

        config = new Config(context, loaders, watchers);
        places.put("config", new Place(request -> done(config.answer(request)), workers, loaders));
        // reading a configuration takes memory, also for who only looks at it
        prompt("lint", new Linter(context)::answer, loaders);
        read("directives", request -> done(Directives.answer(request)), workers);
        places.put("location", new Place(new LocationTester(context, loaders)::answer, workers, workers));

        LocalHttps https = new LocalHttps(context);
        read("https", request -> done(https.answer(request)), workers);
        read("authority.pem", request -> done(https.file(request)), workers);

        OpenDoors doors = new OpenDoors();
        prompt("doors", new Doors(context.ticker(), doors)::answer, porters);
        prompt("names", new NameServers(context.ticker())::answer, porters);
        Sockets sockets = new Sockets(context, doors);
        read("sockets", request -> done(sockets.answer(request)), workers);

        Passthroughs passthroughs = new Passthroughs(context);
        prompt("passthrough", passthroughs::answer, porters);
        PlayCertificates played = new PlayCertificates();
        prompt("certificates", new Certificates(context.ticker(), played)::answer, porters);

        Targets targets = new Targets(context, passthroughs::isOpen);
        Send send = new Send(context, waiting, targets, new Replay(context, waiting), played);
        places.put("send", new Place(send::answer, workers, workers));
        places.put("compare", new Place(new Compare(context, watchers, targets, send)::answer, workers, workers));
        prompt("load", new Load(context.ticker(), watchers, targets)::answer, workers);

        read("page", request -> done(Page.answer(request)), workers);
        live = new LiveStreams(context, watchers, config::event, stats, pending);
    }

    /** Adds one that is there to be read: whoever asks for a change is told so. */
    private void read(String name, Endpoint endpoint, WorkerThreads by) {
        Endpoint reading = request -> {
            if (request.changesState()) {
                throw new Refusal(405, "\"" + request.name() + "\" is there to be read: GET it");
            }
            return endpoint.answer(request);
        };
        places.put(name, new Place(reading, by, by));
    }

    private void prompt(String name, PromptEndpoint endpoint, WorkerThreads by) {
        places.put(name, new Place(request -> done(endpoint.answer(request)), by, by));
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    /** The one of a name; {@code null} if there is none. */
    Place find(String name) {
        return places.get(name);
    }

    Set<String> names() {
        return places.keySet();
    }

    /** Opens a stream if that is what is asked for; called on the exchange's I/O thread. */
    boolean opensStream(String path, Exchange exchange, Reply reply) {
        if (path.equals("live")) {
            live.open(exchange, reply);
        } else if (path.equals("config/lock") && ConsoleRequest.isReading(exchange)) {
            config.holders().open(exchange, reply);
        } else {
            return false;
        }
        return true;
    }

    /** What there is, or the page for a browser. */
    Answer index(ConsoleRequest request) {
        if (request.format() == ConsoleRequest.Format.HTML) {
            return Page.page();
        }
        return Answer.of(
                request,
                () -> {
                    var names = Json.array();
                    names().forEach(names::add);
                    return Json.object().set("endpoints", names.add("live"));
                },
                () -> "Hopyard's console. There are: " + String.join(", ", names()) + ", live.\n"
                        + "curl gets text, programs get JSON (Accept: application/json, or ?format=json).\n");
    }
}
