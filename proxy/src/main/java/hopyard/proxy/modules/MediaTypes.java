package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Reads the media types of a directive such as {@code gzip_types}. HTML is always one of them. */
final class MediaTypes implements ValueReader.Repeated<Set<String>> {

    /** What the types are where none are set. */
    static final Set<String> HTML = Set.of("text/html");

    @Override
    public Set<String> read(Scope scope, Directive d, Set<String> former) {
        Set<String> types = former == null ? new HashSet<>(HTML) : former;
        for (String arg : d.args()) {
            String type = arg.toLowerCase(Locale.ROOT);
            if (!types.add(type) && !type.equals("*")) {
                Build.of(scope).warn("duplicate MIME type \"" + type + "\" in " + d.place());
            }
        }
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
