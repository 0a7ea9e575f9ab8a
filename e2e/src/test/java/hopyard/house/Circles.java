package hopyard.house;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Circles of who needs whom: all members of one need each other, by way of others or directly. */
final class Circles {

    private Circles() {}

    /** Returns the members of each circle. */
    static List<Set<String>> of(Map<String, Set<String>> needs) {
        List<Set<String>> circles = new ArrayList<>();
        Set<String> done = new HashSet<>();
        for (String each : needs.keySet()) {
            if (!done.contains(each)) {
                Set<String> circle = new TreeSet<>(reached(each, needs));
                circle.removeIf(other -> !reached(other, needs).contains(each));
                done.addAll(circle);
                if (circle.size() > 1) {
                    circles.add(circle);
                }
            }
        }
        return circles;
    }

    /** Returns what a circle has that no listed one has: who is in it, and by which needs. */
    static List<String> unlisted(List<Set<String>> circles, List<Set<String>> listed, Map<String, Set<String>> needs) {
        List<String> unlisted = new ArrayList<>();
        for (Set<String> circle : circles) {
            Set<String> strangers = new TreeSet<>(circle);
            listed.stream()
                    .filter(one -> one.stream().anyMatch(circle::contains))
                    .forEach(strangers::removeAll);
            boolean isJoined = listed.stream()
                            .filter(one -> one.stream().anyMatch(circle::contains))
                            .count()
                    > 1;
            if (!strangers.isEmpty() || isJoined) {
                unlisted.add("circle of " + String.join(", ", circle)
                        + (strangers.size() < circle.size() ? "; new in it: " + strangers : ""));
                circle.forEach(from -> needs.get(from).stream()
                        .filter(circle::contains)
                        .filter(to -> isJoined || strangers.contains(from) || strangers.contains(to))
                        .forEach(to -> unlisted.add("  " + from + " needs " + to)));
            }
        }
        return unlisted;
    }

    /** Returns the listed members that are in no circle any more. */
    static Set<String> gone(List<Set<String>> circles, List<Set<String>> listed) {
        Set<String> gone = listed.stream().flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new));
        circles.forEach(gone::removeAll);
        return gone;
    }

    private static Set<String> reached(String from, Map<String, Set<String>> needs) {
        Set<String> reached = new HashSet<>();
        List<String> left = new ArrayList<>(needs.getOrDefault(from, Set.of()));
        while (!left.isEmpty()) {
            String next = left.remove(left.size() - 1);
            if (reached.add(next)) {
                left.addAll(needs.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }
}
