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

    /** Whether a Content-Type, whose parameters do not count, is one of the types; {@code null} never is. */
    static boolean has(Set<String> types, String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        String plain = (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
        return types.contains("*") || types.contains(plain);
    }
}
