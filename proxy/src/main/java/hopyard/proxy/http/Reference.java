package hopyard.proxy.http;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Meaning;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What directives and variables mean, for people: what docs/nginx.md says and the page shows. */
public final class Reference {

    /** How much of a directive there is. */
    public enum Support {
        FULL,
        PARTLY,
        /** Accepted and checked, without effect. */
        IGNORED
    }

    /**
     * A directive.
     *
     * @param title what its module is about
     * @param type the name of the class that obeys it
     * @param page the page of the documentation, {@code ngx_http_core_module}; for Hopyard's own, a file in docs/
     * @param byDefault the arguments that hold if nothing is said; {@code null} if there are none
     * @param means one sentence
     * @param note what there is of it; {@code null} if all of it, or nothing but the name
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

        /** Where the documentation says more. */
        public String url() {
            return page.endsWith(".md")
                    ? "docs/" + page
                    : "https://nginx.org/en/docs/" + (page.startsWith("ngx_http") ? "http/" : "") + page + ".html#"
                            + name;
        }
    }

    private Reference() {}

    /** All directives of some modules, in the order of the modules and then of their names; each name once. */
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

    /** What each variable means, by its name; that of a family ends in an underscore. */
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
