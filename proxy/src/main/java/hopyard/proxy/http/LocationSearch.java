package hopyard.proxy.http;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A search for a location, as it is told of a request that is only tried: see {@link Trail}. */
final class LocationSearch {

    /** Whether those matched that have been tried. */
    private final Map<Location, Boolean> expressions = new IdentityHashMap<>();

    /** A regular expression of a location has been tried. */
    void tried(Location location, boolean matches) {
        expressions.put(location, matches);
    }

    /**
     * The search is over.
     *
     * @param found by {@link LocationTree#find}; {@code null} if nothing was
     * @param level the server's own level
     */
    Trail.Search end(String uri, LocationTree tree, Location found, Location level) {
        List<Trail.Candidate> candidates = new ArrayList<>();
        collect(tree, uri, 0, candidates);
        String why = found == null ? "no location matches, so the server's own level is in force" : why(found);
        expressions.clear();
        return new Trail.Search(uri, candidates, found == null ? level : found, why);
    }

    /** Tells what a tree holds, level by level, in the order in which nginx's documentation has locations tried. */
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
