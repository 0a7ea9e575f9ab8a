package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Point;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * What may stand at a place of the subject if the rest of the pattern is to match there. So a way that cannot lead
 * anywhere is not begun, and one that is the only one need not be remembered. Each set has the bytes, and the end of
 * the subject as its last element. It may have more than is needed, and never less.
 */
final class Ahead {

    static final int END = CharSet.BYTES;
    static final int SIZE = END + 1;

    private static final boolean[] ALL = new boolean[SIZE];
    private static final boolean[] NOTHING = new boolean[SIZE];

    static {
        Arrays.fill(ALL, true);
    }

    /** Whether nothing is known, because characters are more than bytes. */
    private final boolean isUnknown;

    private final Map<Node, Boolean> empty = new IdentityHashMap<>();

    /** All sets there are, so that each is there once: a long pattern has few different ones. */
    private final Map<BitSet, boolean[]> sets = new HashMap<>();

    private final boolean[][] singles = new boolean[CharSet.BYTES][];

    Ahead(boolean isUnknown) {
        this.isUnknown = isUnknown;
        BitSet all = new BitSet(SIZE);
        sets.put((BitSet) all.clone(), NOTHING);
        all.set(0, SIZE);
        sets.put(all, ALL);
    }

    static boolean[] all() {
        return ALL;
    }

    static boolean[] nothing() {
        return NOTHING;
    }

    static boolean overlap(boolean[] one, boolean[] other) {
        for (int i = 0; i < SIZE; i++) {
            if (one[i] && other[i]) {
                return true;
            }
        }
        return false;
    }

    private boolean[] known(IntPredicate has) {
        BitSet key = new BitSet(SIZE);
        for (int i = 0; i < SIZE; i++) {
            key.set(i, has.test(i));
        }
        return sets.computeIfAbsent(key, bits -> {
            boolean[] its = new boolean[SIZE];
            bits.stream().forEach(i -> its[i] = true);
            return its;
        });
    }

    boolean[] union(boolean[] one, boolean[] other) {
        return one == other || one == ALL || other == NOTHING
                ? one
                : one == NOTHING || other == ALL ? other : known(i -> one[i] || other[i]);
    }

    private boolean[] intersection(boolean[] one, boolean[] other) {
        return one == other || other == ALL ? one : one == ALL ? other : known(i -> one[i] && other[i]);
    }

    boolean[] of(CharSet set) {
        return known(c -> c < CharSet.BYTES && set.contains(c));
    }

    boolean[] of(int character) {
        if (singles[character] == null) {
            singles[character] = known(c -> c == character);
        }
        return singles[character];
    }

    /** Returns the only byte of a set; -1 if there are others. */
    static int only(boolean[] set) {
        int found = -1;
        for (int c = 0; c < SIZE; c++) {
            if (set[c] && found >= 0) {
                return -1;
            }
            found = set[c] ? c : found;
        }
        return found == END ? -1 : found;
    }

    /** Whether a part may match without a character. */
    boolean mayBeEmpty(Node node) {
        Boolean known = empty.get(node);
        if (known == null) {
            known = emptiness(node);
            empty.put(node, known);
        }
        return known;
    }

    private boolean emptiness(Node node) {
        if (node instanceof Node.Char || node instanceof Node.OneOf || node instanceof Node.Cluster) {
            return false;
        } else if (node instanceof Node.Sequence sequence) {
            for (Node part : sequence.parts()) {
                if (!mayBeEmpty(part)) {
                    return false;
                }
            }
            return true;
        } else if (node instanceof Node.Choice choice) {
            for (Node branch : choice.branches()) {
                if (mayBeEmpty(branch)) {
                    return true;
                }
            }
            return false;
        } else if (node instanceof Node.Group group) {
            return mayBeEmpty(group.body());
        } else if (node instanceof Node.Atomic atomic) {
            return mayBeEmpty(atomic.body());
        } else if (node instanceof Node.Repeat repeat) {
            return repeat.min() == 0 || mayBeEmpty(repeat.body());
        }
        return true;
    }

    /** Returns what may stand where a part begins, for what may stand behind it. */
    boolean[] first(Node node, boolean[] behind) {
        if (isUnknown) {
            return ALL;
        } else if (node instanceof Node.Char c) {
            return of(c.c());
        } else if (node instanceof Node.OneOf one) {
            return of(one.set());
        } else if (node instanceof Node.Sequence sequence) {
            boolean[] its = behind;
            for (int i = sequence.parts().size() - 1; i >= 0; i--) {
                its = first(sequence.parts().get(i), its);
            }
            return its;
        } else if (node instanceof Node.Choice choice) {
            return union(choice.branches(), behind);
        } else if (node instanceof Node.Group group) {
            return first(group.body(), behind);
        } else if (node instanceof Node.Atomic atomic) {
            return first(atomic.body(), behind);
        } else if (node instanceof Node.Repeat repeat) {
            boolean[] its = first(repeat.body(), mayBeEmpty(repeat.body()) || isUncertain(repeat) ? ALL : behind);
            return repeat.max() == 0 ? behind : repeat.min() == 0 ? union(its, behind) : its;
        } else if (node instanceof Node.Condition condition) {
            boolean[] its = condition.ask() == Node.Ask.DEFINE ? behind : union(condition.branches(), behind);
            return condition.branches().size() == 1 ? union(its, behind) : its;
        } else if (node instanceof Node.Look look) {
            return look.behind() || look.negative() ? behind : intersection(first(look.body(), ALL), behind);
        } else if (node instanceof Point point) {
            return switch (point) {
                case SUBJECT_END -> intersection(atEnd(false), behind);
                case SUBJECT_END_OR_NEWLINE, LINE_END -> intersection(atEnd(true), behind);
                default -> behind;
            };
        } else if (Nodes.isVerb(node, Node.Command.FAIL)) {
            return NOTHING;
        } else if (Nodes.isVerb(node, Node.Command.MARK)) {
            return behind;
        }
        // a reference or a call may be of anything; what a verb does must be done where nothing matches
        return ALL;
    }

    /** Whether a repeated part may end early. */
    private static boolean isUncertain(Node.Repeat repeat) {
        return Nodes.has(repeat.body(), each -> Nodes.isVerb(each, Node.Command.ACCEPT));
    }

    private boolean[] union(List<Node> branches, boolean[] behind) {
        boolean[] its = NOTHING;
        for (Node each : branches) {
            its = union(its, first(each, behind));
        }
        return its;
    }

    private boolean[] atEnd(boolean orNewline) {
        return known(i -> i == END || i == '\n' && orNewline);
    }
}
