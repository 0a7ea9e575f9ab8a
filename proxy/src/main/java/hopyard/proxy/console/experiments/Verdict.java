package hopyard.proxy.console.experiments;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Text;
import hopyard.proxy.console.exchanges.Fields;
import hopyard.proxy.console.exchanges.Fields.Field;
import hopyard.proxy.console.exchanges.HeaderChanges;
import hopyard.proxy.console.exchanges.OutcomeText;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a comparison allows one to say. Only like answers tell what the proxy costs; and of what differs in the headers,
 * only that is the proxy's doing which the proxy itself has changed: the rest is there because there were two requests.
 *
 * @param reasons why the times are not comparable; none if they are
 * @param notes what else one has to know
 * @param seenByApp what differs in what the app saw; {@code null} if it was not asked by both ways
 * @param gotByClient what differs in what came back; {@code null} if there are no two responses
 */
record Verdict(List<String> reasons, List<String> notes, ArrayNode seenByApp, ArrayNode gotByClient) {

    private static final String ANOTHER_REQUEST = "each of the two requests has its own";
    private static final String ANOTHER_ANSWER = "the app answered two requests, and not quite alike";
    private static final String OTHER_KIND = "it belongs to another answer, which is not to be compared";

    /** Why a field differs between two requests, or their answers, though nobody has changed it. */
    private static final Map<String, String> USUAL = Map.of(
            "host", "the two were sent to two addresses, each with its own Host",
            "date", "each answer has the time when it was made",
            "server-timing", "each answer was timed by itself",
            "content-length", "the app made two bodies, which have not the same length",
            "set-cookie", "given anew with each answer");

    static Verdict of(CompareRun run) {
        CompareSide direct = run.direct();
        CompareSide proxied = run.proxied();
        ArrayNode seen = seen(direct, proxied);
        ArrayNode got = got(direct, proxied);
        List<String> notes = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (CompareSide side : List.of(direct, proxied)) {
            failures(side, side == direct ? "direct" : "through the proxy", reasons);
        }
        if (reasons.isEmpty()) {
            unlike(run, seen, reasons, notes);
        }
        answerers(proxied, reasons);
        return new Verdict(reasons, notes, seen, got);
    }

    private static void failures(CompareSide side, String way, List<String> reasons) {
        if (side.timings().isEmpty()) {
            reasons.add(way + ": not one request that counts was done in the time; the first ones only warm up");
        } else if (side.answered().size() < side.timings().size()) {
            reasons.add(way + ": not every "
                    + (side.isOnlyCut() ? "answer was whole, " : "request was answered, ")
                    + side.counts());
        } else if (side.results().size() > 1) {
            reasons.add(way + ": the answers are not all alike, " + side.counts());
        }
    }

    /** Whom the client heard from: through a proxy it need not be the app. */
    private static void answerers(CompareSide proxied, List<String> reasons) {
        Map<String, Integer> who = proxied.answeredBy();
        if (who.keySet().stream().anyMatch(name -> !name.equals(Who.APP.toString()))) {
            List<String> counts = new ArrayList<>();
            who.forEach((name, count) -> counts.add(count + " × " + name));
            ExchangeRecord record = proxied.record();
            reasons.add("through the proxy, it was not always the app that answered: " + String.join(", ", counts)
                    + (record.who() == Who.APP ? "" : " (" + OutcomeText.answer(record) + ")"));
        }
    }

    private static void unlike(CompareRun run, ArrayNode seen, List<String> reasons, List<String> notes) {
        CompareSide direct = run.direct();
        CompareSide proxied = run.proxied();
        if (!direct.results().keySet().equals(proxied.results().keySet())) {
            reasons.add(
                    "the statuses differ: " + direct.counts() + " direct, " + proxied.counts() + " through the proxy");
        }
        ExchangeRecord record = proxied.record();
        if (record != null && record.lastTry() != null && record.lastTry().peer() != null) {
            whom(direct, record.lastTry().server(), reasons, notes);
        }
        if (record != null && record.lastTry() != null && record.lastTry().sentHead() != null) {
            String[] line = Fields.firstLine(record.lastTry().sentHead()).split(" ");
            if (line.length == 3 && !line[1].equals(run.plan().path())) {
                reasons.add("the app was asked for two things: directly for "
                        + run.plan().path() + ", by the proxy for " + line[1]);
            }
        }
        boolean overlap = direct.shortest() <= proxied.longest() && proxied.shortest() <= direct.longest();
        if (!overlap) {
            String sizes =
                    "the bodies differ in size: " + size(direct) + " direct, " + size(proxied) + " through the proxy";
            List<String> echoed = echoed(direct, proxied, seen);
            if (echoed.isEmpty()) {
                reasons.add(sizes);
            } else {
                notes.add(sizes + "; the app repeats the request's fields in them (" + String.join(", ", echoed) + ")");
            }
        }
    }

    /** Rewrites and fallbacks may lead a request to another server than that of its path's location. */
    private static void whom(CompareSide direct, String proxied, List<String> reasons, List<String> notes) {
        List<String> peers = direct.target().peers();
        if (!peers.contains(proxied)) {
            reasons.add(
                    "two apps were asked: " + direct.target().address() + " directly, " + proxied + " by the proxy");
        } else if (peers.size() > 1) {
            notes.add("the proxy chooses among " + String.join(", ", peers) + "; directly, only "
                    + direct.target().address() + " was asked");
        }
    }

    private static String size(CompareSide side) {
        return side.shortest() == side.longest()
                ? Text.counted(side.shortest(), "byte")
                : side.shortest() + " to " + Text.counted(side.longest(), "byte");
    }

    /**
     * Fields that only the proxy's request had, and that only the answer to it speaks of: the app repeats what it is
     * sent.
     */
    private static List<String> echoed(CompareSide direct, CompareSide proxied, ArrayNode seen) {
        String with = text(proxied);
        String without = text(direct);
        List<String> names = new ArrayList<>();
        if (seen != null) {
            for (JsonNode change : seen) {
                String name = change.get("header").asText();
                String plain = name.toLowerCase(Locale.ROOT);
                if (change.get("kind").asText().equals("added") && with.contains(plain) && !without.contains(plain)) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    private static String text(CompareSide side) {
        return new String(side.shown().content(), UTF_8).toLowerCase(Locale.ROOT);
    }

    private static ArrayNode seen(CompareSide direct, CompareSide proxied) {
        List<Field> was = direct.seenByApp();
        List<Field> is = proxied.seenByApp();
        if (was == null || is == null) {
            return null;
        }
        ExchangeRecord record = proxied.record();
        Set<String> byProxy = names(HeaderChanges.ofRequest(record));
        ArrayNode changes = HeaderChanges.between(was, is, record.location().requestHeaders());
        for (JsonNode change : changes) {
            boolean isProxys = change.has("by") || byProxy.contains(name(change));
            explain((ObjectNode) change, isProxys, !isProxys, ANOTHER_REQUEST);
        }
        return changes;
    }

    private static ArrayNode got(CompareSide direct, CompareSide proxied) {
        List<Field> was = direct.gotByClient();
        List<Field> is = proxied.gotByClient();
        ExchangeRecord record = proxied.record();
        if (was == null || is == null || record == null) {
            return null;
        }
        byte[] fromApp = record.lastTry() == null ? null : record.lastTry().receivedHead();
        Set<String> byProxy = names(HeaderChanges.ofResponse(record));
        Set<String> byApp =
                fromApp == null ? Set.of() : names(HeaderChanges.between(was, Fields.of(fromApp), Map.of()));
        ArrayNode changes = HeaderChanges.between(was, is, record.location().responseHeaders());
        boolean isAlike = record.who() == Who.APP
                && direct.results().keySet().equals(proxied.results().keySet());
        for (JsonNode change : changes) {
            if (isAlike) {
                explain(
                        (ObjectNode) change,
                        byProxy.contains(name(change)),
                        byApp.contains(name(change)),
                        ANOTHER_ANSWER);
            } else if (!byProxy.contains(name(change))) {
                ((ObjectNode) change).remove(List.of("by", "file", "line"));
                ((ObjectNode) change).put("cause", "two_requests").put("why", OTHER_KIND);
            } else {
                ((ObjectNode) change).put("cause", "proxy");
            }
        }
        return changes;
    }

    private static void explain(ObjectNode change, boolean isProxys, boolean isOfTwo, String otherwise) {
        String usual = USUAL.getOrDefault(name(change), otherwise);
        change.put("cause", isProxys && isOfTwo ? "both" : isProxys ? "proxy" : "two_requests");
        if (!isProxys) {
            change.remove(List.of("by", "file", "line"));
            change.put("why", usual);
        } else if (isOfTwo) {
            change.put("note", "and the app's own part differs: " + usual);
        }
    }

    private static Set<String> names(ArrayNode changes) {
        Set<String> names = new HashSet<>();
        changes.forEach(change -> names.add(name(change)));
        return names;
    }

    private static String name(JsonNode change) {
        return change.get("header").asText().toLowerCase(Locale.ROOT);
    }
}
