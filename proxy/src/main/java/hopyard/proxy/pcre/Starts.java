package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Point;
import java.util.List;
import java.util.function.Predicate;

/** Works out where matches of a pattern can begin, and what a subject must have. */
final class Starts {

    private Starts() {}

    static Program.Start of(Node pattern, Ahead ahead, boolean isUtf) {
        boolean isAccepted = Nodes.has(pattern, n -> Nodes.isVerb(n, Node.Command.ACCEPT));
        boolean[] first = ahead.first(withoutVerbs(pattern), Ahead.all());
        boolean isKnown = !isUtf && first != Ahead.all();
        boolean isAnchored = begins(pattern, Starts::isAnchor);
        // an anchored pattern of one length finds out as quickly by itself
        boolean isFixed =
                isAnchored && !Nodes.has(pattern, n -> n instanceof Node.Repeat repeat && repeat.min() != repeat.max());
        int[] required = isUtf || isAccepted || isFixed ? null : required(pattern);
        return new Program.Start(
                isAnchored,
                isSimple(pattern) && begins(pattern, Starts::isLineStart),
                isKnown ? first : null,
                isKnown ? Ahead.only(first) : -1,
                required == null ? -1 : required[0],
                required == null ? -1 : required[1],
                isAccepted ? 0 : minLength(pattern));
    }

    /** As PCRE2 does, this looks for a character past verbs in front of it, which do nothing elsewhere then. */
    private static Node withoutVerbs(Node pattern) {
        List<Node> parts = pattern instanceof Node.Sequence sequence ? sequence.parts() : List.of();
        int i = 0;
        while (i < parts.size()
                && parts.get(i) instanceof Node.Verb verb
                && verb.command() != Node.Command.FAIL
                && verb.command() != Node.Command.ACCEPT) {
            i++;
        }
        return i < parts.size() && isCharacter(parts.get(i))
                ? new Node.Sequence(parts.subList(i, parts.size()))
                : pattern;
    }

    private static boolean isCharacter(Node node) {
        return node instanceof Node.Char
                || node instanceof Node.OneOf one && cases(one.set()) != null
                || node instanceof Node.Repeat repeat && repeat.min() > 0 && isCharacter(repeat.body());
    }

    private static boolean isAnchor(Node node) {
        return node == Point.SUBJECT_START || node == Point.MATCH_START;
    }

    /** Whether it matches at the start of a line, if at all: {@code .*} takes all of the line from there. */
    private static boolean isLineStart(Node node) {
        return isAnchor(node)
                || node == Point.LINE_START
                || node instanceof Node.Repeat repeat
                        && repeat.min() == 0
                        && repeat.max() == Integer.MAX_VALUE
                        && repeat.body() instanceof Node.OneOf one
                        && isAllButNewline(one.set());
    }

    private static boolean isAllButNewline(CharSet set) {
        for (int c = 0; c < CharSet.BYTES; c++) {
            if (c != '\n' && !set.contains(c)) {
                return false;
            }
        }
        return true;
    }

    /** Whether nothing in it makes the second try at a place come to something else than the first. */
    private static boolean isSimple(Node pattern) {
        return !Nodes.has(
                pattern,
                n -> n instanceof Node.Back
                        || n instanceof Node.Call
                        || n instanceof Node.Condition
                        || n instanceof Node.Atomic
                        || n instanceof Node.Verb
                        || n instanceof Node.Repeat repeat && repeat.greed() == Node.Greed.POSSESSIVE);
    }

    private static boolean begins(Node node, Predicate<Node> kind) {
        if (node instanceof Node.Sequence sequence) {
            return !sequence.parts().isEmpty() && begins(sequence.parts().get(0), kind);
        } else if (node instanceof Node.Choice choice) {
            for (Node branch : choice.branches()) {
                if (!begins(branch, kind)) {
                    return false;
                }
            }
            return true;
        } else if (node instanceof Node.Group group) {
            return begins(group.body(), kind);
        } else if (node instanceof Node.Atomic atomic) {
            return begins(atomic.body(), kind);
        }
        return kind.test(node);
    }

    /** Returns a byte that must be there, and its other case; {@code null} if none is known. */
    private static int[] required(Node node) {
        if (node instanceof Node.Char c) {
            return new int[] {c.c(), c.c()};
        } else if (node instanceof Node.OneOf one) {
            return cases(one.set());
        } else if (node instanceof Node.Sequence sequence) {
            List<Node> parts = sequence.parts();
            for (int i = parts.size() - 1; i >= 0; i--) {
                int[] its = required(parts.get(i));
                if (its != null) {
                    return its;
                }
            }
        } else if (node instanceof Node.Group group) {
            return required(group.body());
        } else if (node instanceof Node.Atomic atomic) {
            return required(atomic.body());
        } else if (node instanceof Node.Repeat repeat && repeat.min() > 0) {
            return required(repeat.body());
        }
        return null;
    }

    /** Returns the letter of which a set has both cases, and no other; {@code null} if it is another set. */
    private static int[] cases(CharSet set) {
        for (int c = 'A'; c <= 'Z'; c++) {
            if (set.contains(c)) {
                int upper = c;
                CharSet both = CharSet.of(x -> x == upper || x == upper + 32);
                for (int x = 0; x < CharSet.BYTES; x++) {
                    if (both.contains(x) != set.contains(x)) {
                        return null;
                    }
                }
                return new int[] {upper, upper + 32};
            }
        }
        return null;
    }

    private static int minLength(Node node) {
        if (node instanceof Node.Char || node instanceof Node.OneOf) {
            return 1;
        } else if (node instanceof Node.Sequence sequence) {
            long sum = 0;
            for (Node part : sequence.parts()) {
                sum += minLength(part);
            }
            return bounded(sum);
        } else if (node instanceof Node.Choice choice) {
            int min = Integer.MAX_VALUE;
            for (Node branch : choice.branches()) {
                min = Math.min(min, minLength(branch));
            }
            return min;
        } else if (node instanceof Node.Group group) {
            return minLength(group.body());
        } else if (node instanceof Node.Atomic atomic) {
            return minLength(atomic.body());
        } else if (node instanceof Node.Repeat repeat) {
            return bounded((long) repeat.min() * minLength(repeat.body()));
        }
        return 0;
    }

    private static int bounded(long length) {
        return (int) Math.min(length, Integer.MAX_VALUE);
    }
}
