package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Meaning;
import hopyard.proxy.exchange.Module;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The reference of directives and variables for people, from which docs/nginx.md and the page are made. */
public final class Reference {

    /** How much of a directive is supported. */
    public enum Support {
        FULL,
        PARTLY,
        /** The directive is accepted and checked, without effect. */
        IGNORED
    }

    /**
     * A directive.
     *
     * @param title the title of its module
     * @param type the name of the class that implements it
     * @param page the page of nginx's documentation, as {@code ngx_http_core_module}; for Hopyard's own, a file in
     *     docs/
     * @param byDefault the default arguments; {@code null} if there are none
     * @param means its meaning, in one sentence
     * @param note which part is supported; {@code null} if all of it is, or only the name
     */
    public record Entry(
            String name,
            String title,
            String type,
            String page,
            String byDefault,
            String means,
            Support support,
            String note) {

        /** Returns the address of the documentation. */
        public String url() {
            return page.endsWith(".md")
                    ? "docs/" + page
                    : "https://nginx.org/en/docs/" + (page.startsWith("ngx_http") ? "http/" : "") + page + ".html#"
                            + name;
        }
    }

    private Reference() {}

    /** Returns the directives of some modules, in the order of the modules and then of the names; each name once. */
    public static List<Entry> directives(List<Module> modules) {
        List<Entry> out = new ArrayList<>();
        for (Module module : modules) {
            module.directives().stream()
                    .filter(command -> !command.meaning().means().isEmpty())
                    .sorted(Comparator.comparing(Command::name))
                    .forEach(command -> out.add(entry(command, module)));
        }
        return out;
    }

    private static Entry entry(Command command, Module module) {
        Meaning meaning = command.meaning();
        Module.Manual manual = module.manual();
        String note = meaning.note();
        Support support =
                note.isEmpty() ? Support.FULL : note.equals(Meaning.IGNORED) ? Support.IGNORED : Support.PARTLY;
        return new Entry(
                command.name(),
                manual.title(),
                module.getClass().getSimpleName(),
                meaning.page().isEmpty() ? manual.page() : meaning.page(),
                meaning.byDefault().isEmpty() ? null : meaning.byDefault(),
                meaning.means(),
                support,
                support == Support.PARTLY ? note : null);
    }

    /** Returns the meaning of each variable by its name. The name of a family ends in an underscore. */
    public static Map<String, String> variables() {
        try (InputStream in = Reference.class.getResourceAsStream("variables.txt")) {
            Map<String, String> out = new LinkedHashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> {
                        int bar = line.indexOf(" | ");
                        out.put(line.substring(0, bar), line.substring(bar + 3));
                    });
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
