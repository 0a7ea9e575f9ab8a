package hopyard.proxy.http;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Collects the steps of a search for a location, for a rehearsed request: see {@link Trail}. */
final class LocationSearch {

    /** The regular expressions that were tried, and whether they matched. */
    private final Map<Location, Boolean> expressions = new IdentityHashMap<>();

    /** Notes that the regular expression of a location was tried. */
    void tried(Location location, boolean matches) {
        expressions.put(location, matches);
    }

    /**
     * Ends the search, and explains the result.
     *
     * @param found the result of {@link LocationTree#find}; {@code null} if there was none
     * @param level the server's own level
     */
    Trail.Search end(String uri, LocationTree tree, Location found, Location level) {
        List<Trail.Candidate> candidates = new ArrayList<>();
        collect(tree, uri, 0, candidates);
        String why = found == null ? "no location matches, so the server's own level is in force" : why(found);
        expressions.clear();
        return new Trail.Search(uri, candidates, found == null ? level : found, why);
    }

    /** Collects the locations of a tree, level by level, in the order of nginx's documentation of the search. */
    private void collect(LocationTree tree, String uri, int depth, List<Trail.Candidate> out) {
        boolean isExact = false;
        Location longest = null;
        for (Location each : tree.all()) {
            if (each.isExact()) {
                boolean matches = each.name().equals(uri);
                isExact |= matches;
                out.add(new Trail.Candidate(each, matches ? Trail.Match.YES : Trail.Match.NO, depth));
            }
        }
        for (Location each : tree.all()) {
            if (each.isPrefix()) {
                boolean matches = uri.startsWith(each.name());
                boolean isLonger =
                        longest == null || each.name().length() > longest.name().length();
                longest = matches && isLonger ? each : longest;
                out.add(new Trail.Candidate(
                        each, isExact ? Trail.Match.NOT_TRIED : matches ? Trail.Match.YES : Trail.Match.NO, depth));
            }
        }
        if (!isExact && longest != null && longest.inner() != null) {
            collect(longest.inner(), uri, depth + 1, out);
        }
        for (Location each : tree.all()) {
            if (each.kind() == Location.Kind.REGEX) {
                Boolean matches = expressions.get(each);
                out.add(new Trail.Candidate(
                        each,
                        matches == null ? Trail.Match.NOT_TRIED : matches ? Trail.Match.YES : Trail.Match.NO,
                        depth));
                if (Boolean.TRUE.equals(matches) && each.inner() != null) {
                    collect(each.inner(), uri, depth + 1, out);
                }
            }
        }
    }

    private String why(Location found) {
        return switch (found.kind()) {
            case EXACT -> "\"=\" matches the whole URI, and nothing else is tried";
            case PREFIX_FINAL -> "it is the longest prefix that matches, and \"^~\" keeps regular expressions out";
            case REGEX -> "it is the first regular expression that matches, which wins over any prefix without \"^~\"";
            default ->
                "it is the longest prefix that matches"
                        + (expressions.containsValue(true)
                                ? " inside of the location that is given by a regular expression"
                                : expressions.isEmpty() ? "" : ", and no regular expression matches");
        };
    }
}
