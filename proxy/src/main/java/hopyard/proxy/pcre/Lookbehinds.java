package hopyard.proxy.pcre;

import hopyard.proxy.pcre.ConditionReader.Name;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The lengths of what lookbehinds look for, each alternative of which must have a fixed one. */
final class Lookbehinds {

    private static final int MAX_LENGTH = 65_535;

    /** How many parts are looked at for one alternative; more may come of groups that call each other. */
    private static final int MAX_STEPS = 200_000;

    /** Thrown where a length is not fixed; the lookbehind around reports it. */
    private static final class NotFixed extends Exception {

        private static final long serialVersionUID = 1;
        private final transient Fault fault;

        NotFixed(Fault fault) {
            super(null, null, false, false);
            this.fault = fault;
        }
    }

    private final Parser parser;
    private final Map<Integer, Node> groups = new HashMap<>();
    /** Those in each other would be checked again for each one around. */
    private final Set<Node.Look> checked = Collections.newSetFromMap(new IdentityHashMap<>());

    private int steps;
    private final Deque<Integer> entered = new ArrayDeque<>();

    Lookbehinds(Parser parser, Node pattern) {
        this.parser = parser;
        collect(pattern);
    }

    private void collect(Node node) {
        if (node instanceof Node.Group group) {
            groups.putIfAbsent(group.number(), group.body());
        }
        Nodes.children(node).forEach(this::collect);
    }

    /** Checks all lookbehinds of a part, in the order of the pattern. */
    void check(Node node) throws PatternError {
        if (node instanceof Node.Look look) {
            if (!checked.add(look)) {
                return;
            }
            for (Node each : look.behind() ? Nodes.branches(look.body()) : List.<Node>of()) {
                length(each, look);
            }
        }
        if (node instanceof Node.Group group) {
            entered.push(group.number());
        }
        for (Node each : Nodes.children(node)) {
            check(each);
        }
        if (node instanceof Node.Group) {
            entered.pop();
        }
    }

    /** Returns how many characters an alternative of a lookbehind takes. */
    int length(Node branch, Node.Look look) throws PatternError {
        try {
            steps = 0;
            return length(branch);
        } catch (NotFixed e) {
            throw parser.error(e.fault, look.at());
        }
    }

    private int length(Node node) throws NotFixed, PatternError {
        if (++steps > MAX_STEPS) {
            throw new NotFixed(Fault.LOOKBEHIND_TOO_COMPLICATED);
        }
        if (node instanceof Node.Char || node instanceof Node.OneOf) {
            return 1;
        }
        if (node instanceof Node.Sequence sequence) {
            long sum = 0;
            for (Node part : sequence.parts()) {
                if (part instanceof Node.Verb verb
                        && (verb.command() == Node.Command.ACCEPT || verb.command() == Node.Command.FAIL)) {
                    break;
                }
                sum += length(part);
                if (sum > MAX_LENGTH) {
                    throw new NotFixed(Fault.LOOKBEHIND_TOO_LONG);
                }
            }
            return (int) sum;
        }
        if (node instanceof Node.Choice choice) {
            return same(choice.branches());
        }
        if (node instanceof Node.Group group) {
            entered.push(group.number());
            int length = length(group.body());
            entered.pop();
            return length;
        }
        if (node instanceof Node.Atomic atomic) {
            return length(atomic.body());
        }
        if (node instanceof Node.Condition condition) {
            if (condition.look() != null) {
                check(condition.look());
            }
            return condition.ask() == Node.Ask.DEFINE ? 0 : same(condition.branches());
        }
        if (node instanceof Node.Repeat repeat) {
            if (repeat.body() instanceof Node.Look look && !look.behind()) {
                return length(look);
            }
            int once = length(repeat.body());
            if (repeat.min() != repeat.max()) {
                throw new NotFixed(Fault.LOOKBEHIND_NOT_FIXED);
            }
            long length = (long) repeat.min() * once;
            if (length > MAX_LENGTH) {
                throw new NotFixed(Fault.LOOKBEHIND_TOO_LONG);
            }
            return (int) length;
        }
        if (node instanceof Node.Back back) {
            return group(back.number(), back.name(), back.at());
        }
        if (node instanceof Node.Call call) {
            return group(call.number(), call.name(), call.at());
        }
        if (node instanceof Node.Look look) {
            check(look);
            return 0;
        }
        if (node == Node.Cluster.GRAPHEME) {
            throw new NotFixed(Fault.LOOKBEHIND_NOT_FIXED);
        }
        return 0;
    }

    private int same(List<Node> branches) throws NotFixed, PatternError {
        int length = length(branches.get(0));
        for (Node each : branches) {
            if (length(each) != length) {
                throw new NotFixed(Fault.LOOKBEHIND_NOT_FIXED);
            }
        }
        return length;
    }

    private int group(int number, String name, int at) throws NotFixed, PatternError {
        int its = name == null
                ? number
                : parser.names.stream()
                        .filter(each -> each.name().equals(name))
                        .map(Name::group)
                        .findFirst()
                        .orElse(TextReader.NONE);
        if (its < 0 || its > parser.groups) {
            throw parser.error(Fault.NO_SUCH_GROUP, at);
        }
        if (its == 0 || entered.contains(its)) {
            throw new NotFixed(Fault.LOOKBEHIND_NOT_FIXED);
        }
        entered.push(its);
        int length = length(groups.get(its));
        entered.pop();
        return length;
    }
}
