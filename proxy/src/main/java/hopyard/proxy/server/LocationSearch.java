package hopyard.proxy.server;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A search for a location, step by step, for somebody who wants to know why it ends where it does. */
public final class LocationSearch {

    /**
     * A location that the search has looked at, or would have looked at.
     *
     * @param depth how many locations it is nested in
     */
    public record Candidate(Location location, Match match, int depth) {}

    /**
     * What a search has come to.
     *
     * @param found the location; a server's own level if no location matches
     * @param why the reason for this location, in a sentence
     */
    public record Result(String uri, List<Candidate> candidates, Location found, String why) {}

    /** The regular expressions that were tried, and whether they matched. */
    private final Map<Location, Boolean> expressions = new IdentityHashMap<>();

    private LocationSearch() {}

    /**
     * Searches, and explains the result.
     *
     * @param level the server's own level
     * @param request keeps the captures of a regular expression
     */
    static Result of(String uri, LocationTree tree, Location level, Request request) {
        LocationSearch search = new LocationSearch();
        Location found = tree.find(uri, request, search.expressions::put);
        List<Candidate> candidates = new ArrayList<>();
        search.collect(tree, uri, 0, candidates);
        String why = found == null ? "no location matches, so the server's own level is in force" : search.why(found);
        return new Result(uri, candidates, found == null ? level : found, why);
    }

    /** Collects the locations of a tree, level by level, in the order of nginx's documentation of the search. */
    private void collect(LocationTree tree, String uri, int depth, List<Candidate> out) {
        boolean isExact = false;
        Location longest = null;
        for (Location each : tree.all().keySet()) {
            if (each.isExact()) {
                boolean matches = each.name().equals(uri);
                isExact |= matches;
                out.add(new Candidate(each, matches ? Match.YES : Match.NO, depth));
            }
        }
        for (Location each : tree.all().keySet()) {
            if (each.isPrefix()) {
                boolean matches = uri.startsWith(each.name());
                boolean isLonger =
                        longest == null || each.name().length() > longest.name().length();
                longest = matches && isLonger ? each : longest;
                out.add(new Candidate(each, isExact ? Match.NOT_TRIED : matches ? Match.YES : Match.NO, depth));
            }
        }
        if (!isExact && longest != null && tree.all().get(longest) != null) {
            collect(tree.all().get(longest), uri, depth + 1, out);
        }
        for (Location each : tree.all().keySet()) {
            if (each.kind() == Location.Kind.REGEX) {
                Boolean matches = expressions.get(each);
                out.add(new Candidate(each, matches == null ? Match.NOT_TRIED : matches ? Match.YES : Match.NO, depth));
                if (Boolean.TRUE.equals(matches) && tree.all().get(each) != null) {
                    collect(tree.all().get(each), uri, depth + 1, out);
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
