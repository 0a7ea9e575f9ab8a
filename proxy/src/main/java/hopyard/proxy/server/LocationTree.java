package hopyard.proxy.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Chooses a location for a URI by nginx's rules. An exact match ends the search. Else the longest matching prefix is
 * remembered. Then the first matching regular expression wins over the prefix, unless the prefix has {@code ^~}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#location">location</a>
 */
public final class LocationTree {

    /**
     * A prefix, and the next shorter prefix that it begins with. If a prefix does not match, only these may match.
     *
     * @param inner the locations inside; {@code null} for none
     */
    private record Prefix(String text, Location location, LocationTree inner, Prefix shorter) {}

    /** A location with a regular expression, and the locations inside; {@code null} for none. */
    private record Expression(Location location, LocationTree inner) {}

    private final Map<String, Location> exact = new HashMap<>();
    private final Map<String, Location> named = new HashMap<>();
    /** Locations that redirect a request without the final slash, by their names without this slash. */
    private final Map<String, Location> withoutSlash = new HashMap<>();

    private final Map<Location, LocationTree> all;
    private final Expression[] regexes;
    private final String[] texts;
    private final Prefix[] prefixes;

    /**
     * @param locations each with the locations inside of it, {@code null} for none; in the order of the file
     */
    public LocationTree(Map<Location, LocationTree> locations) {
        all = Collections.unmodifiableMap(locations);
        List<Location> plain = new ArrayList<>();
        List<Expression> patterns = new ArrayList<>();
        locations.forEach((location, inner) -> {
            switch (location.kind()) {
                case EXACT -> {
                    exact.put(location.name(), location);
                    redirect(location);
                }
                case PREFIX, PREFIX_FINAL -> {
                    plain.add(location);
                    redirect(location);
                }
                case REGEX -> patterns.add(new Expression(location, inner));
                case NAMED -> named.putIfAbsent(location.name(), location);
                case IF, LIMIT_EXCEPT -> {
                    // the condition or the method leads there, and not the URI
                }
            }
        });
        regexes = patterns.toArray(Expression[]::new);
        plain.sort((a, b) -> a.name().compareTo(b.name()));
        texts = plain.stream().map(Location::name).toArray(String[]::new);
        // a location with exactly that name answers itself
        for (String text : texts) {
            withoutSlash.remove(text);
        }
        prefixes = new Prefix[texts.length];
        for (int i = 0; i < texts.length; i++) {
            Prefix shorter = i == 0 ? null : longestFrom(prefixes[i - 1], texts[i]);
            prefixes[i] = new Prefix(texts[i], plain.get(i), locations.get(plain.get(i)), shorter);
        }
    }

    private void redirect(Location location) {
        if (location.redirectsWithoutSlash()) {
            withoutSlash.putIfAbsent(
                    location.name().substring(0, location.name().length() - 1), location);
        }
    }

    private static Prefix longestFrom(Prefix candidate, String uri) {
        while (candidate != null && !uri.startsWith(candidate.text)) {
            candidate = candidate.shorter;
        }
        return candidate;
    }

    /** Returns all locations, each with the locations inside of it, {@code null} for none; in the order of the file. */
    Map<Location, LocationTree> all() {
        return all;
    }

    /** Returns the named location; {@code null} if there is none of that name. */
    public Location named(String name) {
        return named.get(name);
    }

    /**
     * Returns the location for a URI; {@code null} if none matches.
     *
     * @param request keeps the captures of a regular expression; {@code null} if nobody wants them
     * @param tried is told of each regular expression that is tried, and whether it matches; {@code null} for nobody
     */
    Location find(String uri, Request request, BiConsumer<Location, Boolean> tried) {
        Location found = exact.get(uri);
        if (found != null) {
            return found;
        }
        Prefix prefix = longestPrefix(uri);
        Location best = prefix == null ? null : prefix.location;
        if (prefix != null && prefix.inner != null) {
            Location inner = prefix.inner.find(uri, request, tried);
            if (inner != null && !inner.isPrefix()) {
                return inner;
            }
            best = inner == null ? best : inner;
        }
        if (prefix == null || prefix.location.kind() != Location.Kind.PREFIX_FINAL) {
            for (Expression regex : regexes) {
                boolean matches = regex.location.pattern().find(request, uri);
                if (tried != null) {
                    tried.accept(regex.location, matches);
                }
                if (matches) {
                    Location inner = regex.inner == null ? null : regex.inner.find(uri, request, tried);
                    return inner == null ? regex.location : inner;
                }
            }
        }
        return best;
    }

    /**
     * Returns the location whose final slash is all that the URI lacks, and which redirects such requests; {@code null}
     * if there is none.
     *
     * @param found the location that was chosen for the URI; an exact match wins
     */
    public Location withSlash(String uri, Location found) {
        return withoutSlash.isEmpty() || found.isExact() ? null : withoutSlash.get(uri);
    }

    private Prefix longestPrefix(String uri) {
        int i = Arrays.binarySearch(texts, uri);
        // the longest prefix of the URI sorts at or before the URI; all that sorts between the two begins with that
        // prefix
        int floor = i >= 0 ? i : -i - 2;
        return floor < 0 ? null : longestFrom(prefixes[floor], uri);
    }
}
