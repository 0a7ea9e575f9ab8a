package hopyard.proxy.conf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names of all of nginx's directives, to tell a directive that is not supported here from a misspelt one.
 *
 * @see <a href="https://nginx.org/en/docs/dirindex.html">nginx: Alphabetical index of directives</a>
 */
public final class NginxDirectives {

    private NginxDirectives() {}

    /** Returns the names of all directives. */
    public static Set<String> all() {
        try (InputStream in = NginxDirectives.class.getResourceAsStream("nginx-directives.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean has(String name) {
        return all().contains(name);
    }
}
