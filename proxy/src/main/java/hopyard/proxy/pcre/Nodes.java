package hopyard.proxy.pcre;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What parts of a pattern have in common. */
final class Nodes {

    private Nodes() {}

    /** Returns the parts that a part is made of, in the order of the pattern. */
    static List<Node> children(Node node) {
        if (node instanceof Node.Sequence sequence) {
            return sequence.parts();
        } else if (node instanceof Node.Choice choice) {
            return choice.branches();
        } else if (node instanceof Node.Group group) {
            return List.of(group.body());
        } else if (node instanceof Node.Atomic atomic) {
            return List.of(atomic.body());
        } else if (node instanceof Node.Look look) {
            return List.of(look.body());
        } else if (node instanceof Node.Repeat repeat) {
            return List.of(repeat.body());
        } else if (node instanceof Node.Condition condition) {
            List<Node> all = new ArrayList<>();
            if (condition.look() != null) {
                all.add(condition.look());
            }
            all.addAll(condition.branches());
            return all;
        }
        return List.of();
    }

    /** Returns the alternatives of a part; the part itself if it has none. */
    static List<Node> branches(Node node) {
        return node instanceof Node.Choice choice ? choice.branches() : List.of(node);
    }

    /** Whether a part, or one in it, is of a kind. */
    static boolean has(Node node, Predicate<Node> kind) {
        if (kind.test(node)) {
            return true;
        }
        for (Node each : children(node)) {
            if (has(each, kind)) {
                return true;
            }
        }
        return false;
    }

    static boolean isVerb(Node node, Node.Command command) {
        return node instanceof Node.Verb verb && verb.command() == command;
    }
}
