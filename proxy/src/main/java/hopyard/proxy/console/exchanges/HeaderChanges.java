package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.exchanges.Fields.Field;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.redaction.Redaction;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What this hop did to the header fields of a message, and on whose account. */
public final class HeaderChanges {

    private static final String CONNECTION_ONLY =
            "belongs to one connection, so it goes no further (RFC 9110 §7.6.1); each hop has its own";
    private static final String FRAMING = "says where the message ends, so each hop writes it anew (RFC 9112 §6)";
    private static final String OWN = "the proxy's own";

    private static final Map<HttpString, String> REASONS = Map.of(
            Headers.CONNECTION,
            CONNECTION_ONLY,
            new HttpString("Keep-Alive"),
            CONNECTION_ONLY,
            Headers.UPGRADE,
            CONNECTION_ONLY,
            Headers.TE,
            CONNECTION_ONLY,
            Headers.TRANSFER_ENCODING,
            FRAMING,
            Headers.CONTENT_LENGTH,
            FRAMING,
            Headers.EXPECT,
            "the proxy answers it by itself (RFC 9110 §10.1.1)",
            Headers.DATE,
            OWN + ", as in nginx",
            new HttpString("HTTP_PROXY"),
            "an app would take it for the proxy that it is to use (httpoxy)");

    private static final Pattern VARIABLE = Pattern.compile("\\$(?:[A-Za-z0-9_]+|\\{[A-Za-z0-9_]+})");

    private HeaderChanges() {}

    /** From the client to the upstream server; empty if nothing was sent upstream. */
    public static ArrayNode ofRequest(ExchangeRecord record) {
        if (record.lastTry() == null || record.lastTry().sentHead() == null) {
            return Json.array();
        }
        byte[] sent = record.lastTry().sentHead();
        List<Field> came = Fields.of(record.fromClient());
        boolean isCgi = UpstreamProtocol.isCgi(record.lastTry());
        return between(
                isCgi ? came.stream().map(HeaderChanges::parameter).toList() : came,
                Fields.of(sent),
                record.location().requestHeaders());
    }

    /** Returns a field as an app gets it that does not speak HTTP (RFC 3875 §4.1.18). */
    private static Field parameter(Field field) {
        String name = "HTTP_" + field.name().toUpperCase(Locale.ROOT).replace('-', '_');
        return new Field(name, field.value());
    }

    /** From the upstream server to the client, or from nothing where the proxy answered by itself. */
    public static ArrayNode ofResponse(ExchangeRecord record) {
        List<Field> arrived = record.lastTry() == null
                ? List.of()
                : Fields.of(record.lastTry().receivedHead());
        return between(
                arrived,
                Fields.of(record.toClient()),
                record.location().responseHeaders(),
                UpstreamProtocol.module(record.lastTry()));
    }

    /** What is different between two lists of fields; {@code by} names the directives behind it. */
    public static ArrayNode between(List<Field> before, List<Field> after, Map<HttpString, Directive> by) {
        return between(before, after, by, UpstreamProtocol.module(null));
    }

    private static ArrayNode between(
            List<Field> before, List<Field> after, Map<HttpString, Directive> by, String module) {
        Map<HttpString, List<String>> was = values(before);
        Map<HttpString, List<String>> is = values(after);
        Set<HttpString> names = new LinkedHashSet<>(is.keySet());
        names.addAll(was.keySet());
        ArrayNode changes = Json.array();
        for (HttpString name : names) {
            List<String> old = was.getOrDefault(name, List.of());
            List<String> now = is.getOrDefault(name, List.of());
            if (!old.equals(now)) {
                ObjectNode change = change(name, old, now, by.get(name));
                if (name.equals(Headers.SERVER) && !by.containsKey(name)) {
                    change.put("why", OWN + ", as in nginx; " + module + "_pass_header would keep the app's");
                }
                changes.add(change);
            }
        }
        return changes;
    }

    private static Map<HttpString, List<String>> values(List<Field> fields) {
        Map<HttpString, List<String>> values = new LinkedHashMap<>();
        fields.forEach(f -> values.computeIfAbsent(new HttpString(f.name()), n -> new ArrayList<>())
                .add(f.value()));
        return values;
    }

    private static ObjectNode change(HttpString name, List<String> was, List<String> is, Directive directive) {
        ObjectNode change = Json.object().put("header", name.toString());
        change.put("kind", was.isEmpty() ? "added" : is.isEmpty() ? "removed" : "changed");
        change.set("was", Json.array(was, v -> Json.MAPPER.getNodeFactory().textNode(v)));
        change.set("is", Json.array(is, v -> Json.MAPPER.getNodeFactory().textNode(v)));
        if (directive != null) {
            change.put("by", text(directive));
            change.put("file", Paths.fromBytes(directive.file())).put("line", directive.line());
        } else {
            change.put("why", REASONS.getOrDefault(name, OWN));
        }
        return change;
    }

    /** A directive as one would write it, without a secret that it gives a field for its value. */
    public static String text(Directive directive) {
        List<String> args = new ArrayList<>(directive.args());
        if (args.size() > 1 && directive.block() == null) {
            String literal = VARIABLE.matcher(args.get(1)).replaceAll("");
            if (!Redaction.field(args.get(0), literal).equals(literal)) {
                args.set(1, Redaction.field(args.get(0), args.get(1)));
            }
        }
        return directive.name()
                + args.stream()
                        .map(Paths::fromBytes)
                        .map(arg -> arg.isEmpty() || arg.matches(".*[\\s;{}'\"#].*") ? " '" + arg + "'" : " " + arg)
                        .collect(Collectors.joining())
                + (directive.block() == null ? ";" : " {");
    }
}
