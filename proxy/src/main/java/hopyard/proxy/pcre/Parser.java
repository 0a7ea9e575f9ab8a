package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Greed;
import java.util.ArrayList;
import java.util.List;

/** Reads a pattern into nodes: alternatives, items and their quantifiers. */
final class Parser extends GroupReader {

    /** How deep groups may be nested, as PCRE2 allows by default. */
    private static final int MAX_DEPTH = 250;

    Parser(int[] text, boolean utf, int at, int options) {
        super(text, utf, at, options);
    }

    /** Reads the whole pattern. */
    Node pattern() throws PatternError {
        Node all = choice(alternatives(false));
        if (more()) {
            throw error(Fault.NOT_OPENED);
        }
        return all;
    }

    @Override
    List<Node> alternatives(boolean resetsGroups) throws PatternError {
        int first = groups;
        int most = groups;
        List<Node> branches = new ArrayList<>();
        while (true) {
            branches.add(branch());
            most = Math.max(most, groups);
            if (peek(0) != '|') {
                groups = resetsGroups ? most : groups;
                return branches;
            }
            at++;
            groups = resetsGroups ? first : groups;
        }
    }

    private Node branch() throws PatternError {
        List<Node> parts = new ArrayList<>();
        // whether the last item was a quantifier, to which "?" or "+" may be added
        boolean wasQuantifier = false;
        isRepeatable = false;
        while (more()) {
            if (depth > MAX_DEPTH) {
                throw error(Fault.TOO_DEEP);
            }
            int c = text[at];
            if (quotes) {
                at++;
                if (c == '\\' && peek(0) == 'E') {
                    quotes = false;
                    at++;
                } else {
                    parts.add(literal(c));
                    wasQuantifier = false;
                }
                continue;
            }
            if (skip()) {
                continue;
            }
            if (c == '|' || c == ')') {
                break;
            }
            at++;
            if (wasQuantifier && (c == '?' || c == '+')) {
                Node.Repeat last = (Node.Repeat) parts.remove(parts.size() - 1);
                Greed greed = c == '+' ? Greed.POSSESSIVE : is(UNGREEDY) ? Greed.GREEDY : Greed.LAZY;
                parts.add(new Node.Repeat(last.body(), last.min(), last.max(), greed));
                wasQuantifier = false;
                continue;
            }
            int[] counts = quantifier(c);
            wasQuantifier = counts != null;
            if (wasQuantifier) {
                if (!isRepeatable) {
                    throw error(Fault.NOTHING_TO_REPEAT, at - 1);
                }
                Node last = parts.remove(parts.size() - 1);
                Greed greed = is(UNGREEDY) ? Greed.LAZY : Greed.GREEDY;
                parts.add(new Node.Repeat(last, counts[0], counts[1], greed));
                isRepeatable = false;
            } else {
                Node part = c == '(' ? open() : item(c);
                if (part != null) {
                    parts.add(part);
                }
            }
        }
        return parts.size() == 1 ? parts.get(0) : new Node.Sequence(parts);
    }

    private int[] quantifier(int c) throws PatternError {
        return switch (c) {
            case '*' -> new int[] {0, Integer.MAX_VALUE};
            case '+' -> new int[] {1, Integer.MAX_VALUE};
            case '?' -> new int[] {0, 1};
            case '{' -> counts();
            default -> null;
        };
    }
}
