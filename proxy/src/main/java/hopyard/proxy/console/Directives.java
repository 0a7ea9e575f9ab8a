package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Context;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.Reference;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code directives}: what may stand in nginx.conf and what it means, for who writes one. */
final class Directives {

    private Directives() {}

    static Answer answer(ConsoleRequest request) throws Refusal {
        if (request.changesState()) {
            throw new Refusal(405, "GET directives");
        }
        return Answer.of(request, Directives::json, Directives::text);
    }

    private static ObjectNode json() {
        ObjectNode out = Json.object();
        List<Module> modules = ConsoleModule.andAllOthers(null);
        List<Command> commands =
                modules.stream().flatMap(module -> module.directives().stream()).toList();
        out.set("directives", Json.array(Reference.directives(modules), entry -> directive(entry, commands)));
        ArrayNode variables = out.putArray("variables");
        Reference.variables()
                .forEach((name, means) -> variables
                        .addObject()
                        .put("name", "$" + name)
                        .put("means", means)
                        .put("family", name.endsWith("_")));
        return out;
    }

    private static ObjectNode directive(Reference.Entry entry, List<Command> commands) {
        ObjectNode out = Json.object()
                .put("name", entry.name())
                .put("module", entry.page().endsWith(".md") ? "hopyard" : entry.page())
                .put("url", entry.url())
                .put("means", entry.means())
                .put("default", entry.byDefault())
                .put("support", entry.support().name().toLowerCase(Locale.ROOT))
                .put("note", entry.note());
        ArrayNode uses = out.putArray("uses");
        for (Command command : commands) {
            if (command.name().equals(entry.name())) {
                uses.add(use(command.contexts().stream(), command.minArgs(), command.maxArgs(), command.isBlock()));
            }
        }
        return out;
    }

    private static ObjectNode use(Stream<Context> contexts, int min, int max, boolean isBlock) {
        ObjectNode out = Json.object();
        ArrayNode names = out.putArray("contexts");
        contexts.sorted().map(Directives::title).forEach(names::add);
        out.put("min", min);
        if (max == Command.ANY) {
            out.putNull("max");
        } else {
            out.put("max", max);
        }
        return out.put("block", isBlock);
    }

    /** As the documentation writes it. */
    private static String title(Context context) {
        return switch (context) {
            case SERVER_IF -> "if in server";
            case LOCATION_IF -> "if in location";
            default -> context.name().toLowerCase(Locale.ROOT);
        };
    }

    private static String text() {
        String directives = Reference.directives(ConsoleModule.andAllOthers(null)).stream()
                .map(entry -> String.format("%-34s %s%n", entry.name(), entry.means()))
                .collect(Collectors.joining());
        String variables = Reference.variables().entrySet().stream()
                .map(each -> String.format("%-34s %s%n", "$" + each.getKey(), each.getValue()))
                .collect(Collectors.joining());
        return directives + "\n" + variables;
    }
}
