package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Reads the media types of a directive such as {@code gzip_types}. HTML is always one of them. */
final class MediaTypes implements ValueReader.Repeated<Set<String>> {

    @Override
    public Set<String> read(Scope scope, Directive d, Set<String> former) {
        Set<String> types = former == null ? new HashSet<>(Set.of("text/html")) : former;
        d.args().forEach(type -> types.add(type.toLowerCase(Locale.ROOT)));
        return types;
    }

    /**
     * Whether a Content-Type is one of the types; {@code null} is for {@code *}. Its charset does not count; other
     * parameters do, as in nginx.
     */
    static boolean has(Set<String> types, String contentType) {
        if (types.contains("*") || contentType == null) {
            return types.contains("*");
        }
        return types.contains(ContentType.parse(contentType).plain().strip().toLowerCase(Locale.ROOT));
    }
}
