package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Command;
import hopyard.proxy.pcre.Node.Greed;
import hopyard.proxy.pcre.Node.Point;
import java.util.ArrayList;
import java.util.List;

/** Makes a {@link Program} of a pattern's nodes. */
final class Compiler extends Emitter {

    /** Deeper in lookarounds, {@code \K} is not allowed. */
    private int looks;

    /** The groups around this place that have not ended, outside of the innermost lookaround. */
    private List<int[]> open = new ArrayList<>();

    /** The register with the height of the stack where the alternatives around began; -1 if there are none. */
    private int height = -1;

    private final Lookbehinds lookbehinds;

    private PatternError tooManyBranches;

    Compiler(Parser parser, Node pattern) {
        super(parser, pattern);
        lookbehinds = new Lookbehinds(parser, pattern);
    }

    Program program(Node pattern, int matchLimit) throws PatternError {
        lookbehinds.check(pattern);
        emit(pattern, Ahead.all());
        add(Op.END);
        if (tooManyBranches != null) {
            throw tooManyBranches;
        }
        return finish(pattern, matchLimit);
    }

    /**
     * @param behind what may stand behind the part
     */
    private void emit(Node node, boolean[] behind) throws PatternError {
        if (node instanceof Node.Char c) {
            literal(List.of(c.c()));
        } else if (node instanceof Node.OneOf one) {
            add(parser.utf ? Op.WIDE_SET : Op.SET, parser.utf ? wide(one.set()) : set(ahead.of(one.set())));
        } else if (node instanceof Node.Sequence sequence) {
            sequence(sequence.parts(), behind);
        } else if (node instanceof Node.Choice choice) {
            choice(choice.branches(), behind);
        } else if (node instanceof Node.Group group) {
            group(group, behind);
        } else if (node instanceof Node.Atomic atomic) {
            atomic(atomic.body());
        } else if (node instanceof Node.Look look) {
            look(look, -1);
        } else if (node instanceof Node.Repeat repeat) {
            repeat(repeat, behind);
        } else if (node instanceof Node.Condition condition) {
            condition(condition, behind);
        } else if (node instanceof Node.Back back) {
            references(back.name() == null ? numbered(back.number(), back.at()) : named(back.name(), back.at()), back);
        } else if (node instanceof Node.Call call) {
            int group = call.name() == null
                    ? numbered(call.number(), call.at()).get(0)
                    : named(call.name(), call.at()).get(0);
            call(group);
        } else if (node instanceof Point point) {
            point(point);
        } else if (node instanceof Node.StepBack step) {
            add(Op.STEP_BACK, step.characters());
        } else if (node instanceof Node.Verb verb) {
            verb(verb);
        } else {
            add(Op.GRAPHEME);
        }
    }

    private void references(List<Integer> groups, Node.Back back) {
        add(Op.BACK, back.ignoresCase() ? 1 : 0, groups.size());
        groups.forEach(this::add);
    }

    private void sequence(List<Node> parts, boolean[] behind) throws PatternError {
        boolean[][] follows = new boolean[parts.size()][];
        boolean[] follow = behind;
        for (int i = parts.size() - 1; i >= 0; i--) {
            follows[i] = follow;
            follow = ahead.first(parts.get(i), follow);
        }
        for (int i = 0; i < parts.size(); i++) {
            List<Integer> run = new ArrayList<>();
            for (int j = i; j < parts.size() && parts.get(j) instanceof Node.Char c; j++) {
                run.add(c.c());
            }
            if (run.size() > 1) {
                literal(run);
                i += run.size() - 1;
            } else {
                emit(parts.get(i), follows[i]);
            }
        }
    }

    private void choice(List<Node> branches, boolean[] behind) throws PatternError {
        boolean isThen = branches.stream().anyMatch(each -> Nodes.has(each, n -> Nodes.isVerb(n, Command.THEN)));
        int outer = height;
        height = isThen ? register() : height;
        boolean[][] firsts = new boolean[branches.size()][];
        for (int i = 0; i < firsts.length; i++) {
            firsts[i] = ahead.first(branches.get(i), behind);
        }
        boolean[][] later = new boolean[firsts.length][];
        later[firsts.length - 1] = Ahead.nothing();
        for (int i = firsts.length - 2; i >= 0; i--) {
            later[i] = ahead.union(firsts[i + 1], later[i + 1]);
        }
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < firsts.length; i++) {
            int next = -1;
            if (i < firsts.length - 1) {
                boolean isOnly = !isThen && !Ahead.overlap(firsts[i], later[i]);
                next = add(isOnly ? Op.ONLY_CHOICE : Op.CHOICE, 0, isThen ? -1 : guard(firsts[i])) + 1;
            } else if (!isThen && guard(firsts[i]) >= 0) {
                add(Op.GUARD, guard(firsts[i]));
            }
            if (isThen) {
                add(Op.HEIGHT, height);
            }
            emit(branches.get(i), behind);
            if (next >= 0) {
                ends.add(add(Op.JUMP, 0) + 1);
                set(next, size());
            }
        }
        ends.forEach(each -> set(each, size()));
        height = outer;
    }

    private void group(Node.Group group, boolean[] behind) throws PatternError {
        int number = group.number();
        boolean isCalled = called.contains(number);
        begin(number);
        int start = hasReferences ? register() : 2 * number;
        add(Op.SAVE, start);
        int[] entry = {number, start};
        open.add(entry);
        emit(group.body(), isCalled ? Ahead.all() : behind);
        open.remove(entry);
        if (hasReferences) {
            add(Op.CLOSE, number, start);
        } else {
            add(Op.SAVE, 2 * number + 1);
        }
        if (isCalled) {
            add(Op.RETURN, number);
        }
    }

    private void atomic(Node body) throws PatternError {
        int end = add(Op.ATOMIC, 0) + 1;
        emit(body, Ahead.all());
        add(Op.END);
        set(end, size());
    }

    /**
     * @param otherwise whether it goes elsewhere where it fails: the place to be filled in is returned
     */
    private int look(Node.Look look, int otherwise) throws PatternError {
        int at = add(Op.LOOK, look.negative() ? 1 : 0, 0, otherwise);
        List<int[]> outerOpen = open;
        int outerHeight = height;
        open = new ArrayList<>();
        height = -1;
        looks++;
        Node body = look.body();
        if (look.behind()) {
            List<Node> branches = new ArrayList<>();
            for (Node each : Nodes.branches(body)) {
                int length = lookbehinds.length(each, look);
                branches.add(new Node.Sequence(List.of(new Node.StepBack(length), each)));
            }
            body = branches.size() == 1 ? branches.get(0) : new Node.Choice(branches);
        }
        emit(body, Ahead.all());
        add(Op.END);
        looks--;
        open = outerOpen;
        height = outerHeight;
        set(at + 2, size());
        return at + 3;
    }

    private void condition(Node.Condition condition, boolean[] behind) throws PatternError {
        int elsewhere = asked(condition);
        List<Node> branches = condition.branches();
        emit(branches.get(0), behind);
        int end = add(Op.JUMP, 0) + 1;
        set(elsewhere, size());
        for (int i = 1; i < branches.size(); i++) {
            emit(branches.get(i), behind);
        }
        set(end, size());
        boolean isDefine = condition.ask() == Node.Ask.DEFINE;
        if (branches.size() > (isDefine ? 1 : 2) && tooManyBranches == null) {
            // PCRE2 sees that when it has seen everything else; a number is two places off
            int at = condition.ask() == Node.Ask.GROUP ? condition.at() - 2 : condition.at();
            tooManyBranches = parser.error(isDefine ? Fault.DEFINE_BRANCHES : Fault.TOO_MANY_BRANCHES, at);
        }
    }

    /** Emits what a condition asks; returns where to fill in the place of its second alternative. */
    private int asked(Node.Condition condition) throws PatternError {
        switch (condition.ask()) {
            case LOOK -> {
                return look(condition.look(), 0);
            }
            case GROUP -> {
                return test(Op.IF_SET, numbered(condition.number(), condition.at()));
            }
            case NAME -> {
                return test(Op.IF_SET, named(condition.name(), condition.at()));
            }
            case RECURSION_NAME -> {
                return test(Op.IF_CALLED, named(condition.name(), condition.at()));
            }
            case RECURSION -> {
                if (isNamed(condition.name())) {
                    return test(Op.IF_SET, named(condition.name(), condition.at()));
                }
                String number = condition.name().substring(1);
                int group = recursion(number, condition.at());
                return test(Op.IF_CALLED, group == 0 ? List.of() : numbered(group, condition.at()));
            }
            default -> {
                if (condition.ask() == Node.Ask.YES) {
                    add(Op.JUMP, size() + 4);
                }
                return add(Op.JUMP, 0) + 1;
            }
        }
    }

    private int recursion(String digits, int at) throws PatternError {
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            number = number * 10 + digits.charAt(i) - '0';
            if (number > TextReader.MAX_COUNT) {
                throw parser.error(Fault.GROUP_NUMBER_TOO_BIG, at + 1 + i);
            }
        }
        return number;
    }

    private int test(int op, List<Integer> groups) {
        int at = add(op, 0, groups.size());
        groups.forEach(this::add);
        return at + 1;
    }

    private void point(Point point) throws PatternError {
        switch (point) {
            case SUBJECT_START, MATCH_START -> add(Op.SUBJECT_START);
            case SUBJECT_END -> add(Op.SUBJECT_END);
            case SUBJECT_END_OR_NEWLINE -> add(Op.SUBJECT_END_OR_NEWLINE);
            case LINE_START -> add(Op.LINE_START);
            case LINE_END -> add(Op.LINE_END);
            case WORD_BOUNDARY -> add(Op.WORD_BOUNDARY);
            case NO_WORD_BOUNDARY -> add(Op.NO_WORD_BOUNDARY);
            case KEEP -> {
                if (looks > 0) {
                    throw parser.error(Fault.KEEP_IN_LOOKAROUND, parser.text.length);
                }
                add(Op.SAVE, 0);
            }
        }
    }

    private void verb(Node.Verb verb) {
        switch (verb.command()) {
            case FAIL -> add(Op.FAIL);
            case ACCEPT -> {
                for (int i = open.size() - 1; i >= 0; i--) {
                    int[] each = open.get(i);
                    if (hasReferences) {
                        add(Op.CLOSE, each[0], each[1]);
                    } else {
                        add(Op.SAVE, 2 * each[0] + 1);
                    }
                }
                add(Op.ACCEPT);
            }
            case THEN -> {
                add(Op.VERB);
                add(Op.UNDO_VERB, Command.THEN.ordinal(), height);
            }
            default -> {
                add(Op.VERB);
                add(Op.UNDO_VERB, verb.command().ordinal(), verb.name() == null ? -1 : name(verb.name()));
            }
        }
    }

    private void repeat(Node.Repeat repeat, boolean[] behind) throws PatternError {
        Node body = repeat.body();
        int min = repeat.min();
        int max = body instanceof Node.Look && repeat.max() == Integer.MAX_VALUE ? min + 1 : repeat.max();
        if (min == 1 && max == 1 && (repeat.greed() != Greed.POSSESSIVE || isSingle(body))) {
            emit(body, behind);
        } else if (max == 0) {
            // it may be called all the same
            int end = add(Op.JUMP, 0) + 1;
            emit(body, Ahead.all());
            set(end, size());
        } else if (isSingle(body) && !parser.utf) {
            single(oneOf(body), min, max, repeat.greed(), behind);
        } else if (repeat.greed() == Greed.POSSESSIVE) {
            atomic(new Node.Repeat(body, min, max, Greed.GREEDY));
        } else {
            group(body, min, max, repeat.greed() == Greed.LAZY, behind);
        }
    }

    private void single(boolean[] set, int min, int max, Greed greed, boolean[] behind) {
        boolean isSure = greed == Greed.POSSESSIVE || min == max || !Ahead.overlap(set, behind);
        if (isSure) {
            add(Op.ALL_OF, set(set), min, max);
        } else if (greed == Greed.LAZY) {
            add(Op.FEW_OF, set(set), min, max);
            add(Op.MORE, set(set), guard(behind));
        } else {
            add(Op.MANY_OF, set(set), min, max);
            add(Op.FEWER, Ahead.only(behind));
        }
    }

    private void group(Node body, int min, int max, boolean lazy, boolean[] behind) throws PatternError {
        boolean mayBeEmpty = ahead.mayBeEmpty(body) || Nodes.has(body, n -> Nodes.isVerb(n, Command.ACCEPT));
        boolean[] first = mayBeEmpty ? Ahead.all() : ahead.first(body, Ahead.all());
        boolean[] afterBody = max == 1 ? behind : ahead.union(first, behind);
        boolean isSure = !Ahead.overlap(first, behind);
        int way = isSure ? Op.SURELY : lazy ? Op.LAZY : Op.GREEDY;
        int guard = guard(first);
        if (min > 1 || max > 1 && max < Integer.MAX_VALUE) {
            counted(body, new int[] {min, max, way, guard}, mayBeEmpty, afterBody);
            return;
        }
        int maybe = min == 1 ? -1 : add(pick(way, Op.MAYBE, Op.MAYBE_NOT, Op.MAYBE_SURELY), 0, guard) + 1;
        int begin = size();
        if (max == 1) {
            emit(body, afterBody);
        } else {
            int place = mayBeEmpty ? register() : -1;
            if (mayBeEmpty) {
                add(Op.SAVE, place);
            }
            emit(body, afterBody);
            int out = mayBeEmpty ? add(Op.UNLESS_EMPTY, place, 0) + 2 : -1;
            add(pick(way, Op.AGAIN, Op.AGAIN_NOT, Op.AGAIN_SURELY), begin, guard);
            if (out >= 0) {
                set(out, size());
            }
        }
        if (maybe >= 0) {
            set(maybe, size());
        }
    }

    private static int pick(int way, int greedy, int lazy, int surely) {
        return way == Op.GREEDY ? greedy : way == Op.LAZY ? lazy : surely;
    }

    /**
     * @param how the minimum, the maximum, which way is tried first, what must stand there for the part
     */
    private void counted(Node body, int[] how, boolean mayBeEmpty, boolean[] afterBody) throws PatternError {
        int counter = register();
        boolean isChecked = mayBeEmpty && how[1] == Integer.MAX_VALUE;
        int place = isChecked ? register() : -1;
        add(Op.ZERO, counter);
        int begin = add(Op.COUNT, counter, how[0], how[1], 0, how[3], how[2]);
        if (isChecked) {
            add(Op.SAVE, place);
        }
        emit(body, afterBody);
        int out = isChecked ? add(Op.UNLESS_EMPTY_COUNTED, place, 0, counter, how[0]) + 2 : -1;
        add(Op.JUMP, begin);
        set(begin + 4, size());
        if (out >= 0) {
            set(out, size());
        }
    }
}
