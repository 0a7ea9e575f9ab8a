package hopyard.proxy.conf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What directives and variables mean, for people: what docs/nginx.md says and the page shows. */
public final class Reference {

    private static final String IGNORED = "ignored";

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

    /** All directives, in the order of the modules. */
    public static List<Entry> directives() {
        List<Entry> out = new ArrayList<>();
        String[] module = {};
        for (String line : lines("directives.txt")) {
            if (line.startsWith("== ")) {
                module = line.substring(3).split(" \\(|\\) ");
            } else {
                out.add(entry(line.split(" *\\| *", -1), module));
            }
        }
        return out;
    }

    private static Entry entry(String[] parts, String[] module) {
        String note = parts.length < 4 ? "" : parts[3];
        // a module of Hopyard's may be for more than one of nginx's
        int at = note.indexOf("@ ");
        String page = at < 0 ? module[2] : note.substring(at + 2);
        note = at < 0 ? note : note.substring(0, at).strip();
        Support support = note.isEmpty() ? Support.FULL : note.equals(IGNORED) ? Support.IGNORED : Support.PARTLY;
        return new Entry(
                parts[0],
                module[0],
                module[1],
                page,
                parts[1].isEmpty() ? null : parts[1],
                parts[2],
                support,
                support == Support.PARTLY ? note : null);
    }

    /** What each variable means, by its name; that of a family ends in an underscore. */
    public static Map<String, String> variables() {
        Map<String, String> out = new LinkedHashMap<>();
        for (String line : lines("variables.txt")) {
            int bar = line.indexOf(" | ");
            out.put(line.substring(0, bar), line.substring(bar + 3));
        }
        return out;
    }

    private static List<String> lines(String resource) {
        try (InputStream in = Reference.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
