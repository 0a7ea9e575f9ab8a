package hopyard.proxy.pcre;

import hopyard.proxy.pcre.ConditionReader.Name;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a program is made of while it is being made: its instructions, sets, strings, registers, groups. */
class Emitter {

    final Parser parser;
    final Ahead ahead;
    /** The groups that are called as subroutines. */
    final Set<Integer> called = new HashSet<>();
    /** Whether what groups have captured is asked for within the pattern, so that it must not be half there. */
    final boolean hasReferences;

    private int[] code = new int[64];
    private int size;
    private int registers;
    private final List<boolean[]> sets = new ArrayList<>();
    private final Map<boolean[], Integer> setNumbers = new IdentityHashMap<>();
    private final List<CharSet> wide = new ArrayList<>();
    private final List<char[]> strings = new ArrayList<>();
    private final List<String> verbNames = new ArrayList<>();
    private final Map<Integer, Integer> begins = new HashMap<>();
    /** Where calls of groups stand, by place. */
    private final Map<Integer, Integer> calls = new HashMap<>();

    Emitter(Parser parser, Node pattern) {
        this.parser = parser;
        ahead = new Ahead(parser.utf);
        hasReferences = Nodes.has(
                pattern,
                n -> n instanceof Node.Back
                        || n instanceof Node.Call
                        || n instanceof Node.Condition
                        || Nodes.isVerb(n, Node.Command.ACCEPT));
        registers = 2 * (parser.groups + 1) + 1;
        begins.put(0, 0);
        collectCalls(pattern);
    }

    private void collectCalls(Node node) {
        if (node instanceof Node.Call call) {
            if (call.name() == null) {
                called.add(call.number());
            }
            parser.names.stream()
                    .filter(each -> each.name().equals(call.name()))
                    .findFirst()
                    .ifPresent(each -> called.add(each.group()));
        }
        Nodes.children(node).forEach(this::collectCalls);
    }

    int size() {
        return size;
    }

    /** Adds an instruction or an operand; returns its place. */
    final int add(int... words) {
        int at = size;
        if (size + words.length > code.length) {
            code = Arrays.copyOf(code, Math.max(2 * code.length, size + words.length));
        }
        System.arraycopy(words, 0, code, size, words.length);
        size += words.length;
        return at;
    }

    final void set(int at, int word) {
        code[at] = word;
    }

    final int register() {
        return registers++;
    }

    /** Returns the index of a set of {@link Ahead}'s. */
    final int set(boolean[] set) {
        return setNumbers.computeIfAbsent(set, each -> {
            sets.add(each);
            return sets.size() - 1;
        });
    }

    /** Returns the index of a set; -1 if it has everything. */
    final int guard(boolean[] set) {
        return set == Ahead.all() ? -1 : set(set);
    }

    final int wide(CharSet set) {
        wide.add(set);
        return wide.size() - 1;
    }

    final int name(String name) {
        int known = verbNames.indexOf(name);
        if (known < 0) {
            verbNames.add(name);
        }
        return known < 0 ? verbNames.size() - 1 : known;
    }

    final void literal(List<Integer> run) {
        StringBuilder text = new StringBuilder();
        run.forEach(text::appendCodePoint);
        if (text.length() == 1) {
            add(Op.CHAR, text.charAt(0));
        } else {
            strings.add(text.toString().toCharArray());
            add(Op.STRING, strings.size() - 1);
        }
    }

    /** Notes that a group begins here. */
    final void begin(int group) {
        begins.putIfAbsent(group, size);
    }

    final void call(int group) {
        calls.put(add(Op.CALL, 0, group) + 1, group);
        add(Op.UNDO_CALL);
    }

    static boolean isSingle(Node node) {
        return node instanceof Node.Char || node instanceof Node.OneOf;
    }

    final boolean[] oneOf(Node single) {
        return single instanceof Node.OneOf one ? ahead.of(one.set()) : ahead.of(((Node.Char) single).c());
    }

    final List<Integer> numbered(int group, int at) throws PatternError {
        if (group > parser.groups) {
            throw parser.error(Fault.NO_SUCH_GROUP, at);
        }
        return List.of(group);
    }

    final boolean isNamed(String name) {
        return parser.names.stream().anyMatch(each -> each.name().equals(name));
    }

    final List<Integer> named(String name, int at) throws PatternError {
        if (!isNamed(name)) {
            throw parser.error(Fault.NO_SUCH_GROUP, at);
        }
        return parser.names.stream()
                .filter(each -> each.name().equals(name))
                .map(Name::group)
                .sorted()
                .toList();
    }

    final Program finish(Node pattern, int matchLimit) {
        calls.forEach((at, group) -> set(at, begins.get(group)));
        return new Program(
                Arrays.copyOf(code, size),
                sets.toArray(boolean[][]::new),
                wide.toArray(CharSet[]::new),
                strings.toArray(char[][]::new),
                parser.groups,
                registers,
                parser.utf,
                parser.ucp ? CharSet.of(c -> Properties.isAlphanumeric(c) || c == '_') : CharSet.WORD,
                Starts.of(pattern, ahead, parser.utf),
                matchLimit);
    }
}
