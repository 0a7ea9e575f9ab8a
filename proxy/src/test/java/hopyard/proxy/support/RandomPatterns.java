package hopyard.proxy.support;

import java.util.List;
import java.util.Random;

/** Makes regular expressions by chance, most of them well formed, and texts that they may match. */
public final class RandomPatterns {

    private static final List<String> CHARACTERS = words("a b c A x 1 _ - / \\. % \\xe9 \\/ \\x62");
    private static final List<String> SETS =
            words("\\d \\D \\w \\W \\s \\S \\h \\H \\v \\V \\N . \\R \\X \\p{L} \\P{L} \\p{Lu} \\pN \\p{^Ll} "
                    + "\\p{Latin} \\p{Xan} [abc] [^a] [a-c1] [[:alpha:]] [^[:digit:]x] []a] [^]] [\\d-] [\\w.] "
                    + "[a\\-z] [\\x41-\\x5a] [[:^lower:]] [\\Qa]\\E]");
    private static final List<String> POINTS = words("^ $ \\b \\B \\A \\Z \\z \\G \\K");
    private static final List<String> QUANTIFIERS = words("* + ? {2} {1,2} {0,2} {2,} {0} {,3} {1}");
    private static final List<String> BEHIND = words("a ab a|bc . [ab]c ^a (a) (?:a|b)c \\w\\b a{2} a*");
    private static final List<String> REFERENCES = words(
            "\\1 \\2 \\g{1} \\g{-1} \\k<n> (?P=n) (?:a(?1))? (?:b(?R))? (?:/(?2))? (?:c(?&n))? " + "(?:x\\g<1>)*");
    private static final List<String> OPTIONS = words("(?i) (?s) (?m) (?x) (?-i) (?U) (?#c) (?^) (?J) (?C1)");
    private static final List<String> VERBS =
            words("(*COMMIT) (*PRUNE) (*SKIP) (*THEN) (*ACCEPT) (*F) (*MARK:m) (*SKIP:m)");
    private static final List<String> MISTAKES =
            words("( [ ) {2} * \\ (? (?< (?P [[:foo:]] \\p{Foo} (?<n \\g (?z) (*X) \\x{ (?(1 [z-a] \\c (?R (?1 "
                    + "(?& \\k<n (?C \\o{9} (?# \\777 \\u [\\B] (?-i) (?+1) \\Q [a-\\d] (?i- \\N{ (?(R (?<=a*) "
                    + "[:alpha:] [[.a.]] (?| |");
    private static final String TEXT = "aabbccAx1_-/.% \u00e9";

    private final Random random;

    private static List<String> words(String all) {
        return List.of(all.split(" "));
    }

    public RandomPatterns(long seed) {
        random = new Random(seed);
    }

    /** Returns one that has no mistake on purpose. */
    public String pattern() {
        String inner = choice(3);
        return (chance(30) ? "^" : "") + inner + (chance(30) ? "$" : "");
    }

    /** Returns one with something in it that is mostly a mistake. */
    public String mistake() {
        String pattern = pattern();
        int at = random.nextInt(pattern.length() + 1);
        String with = pattern.substring(0, at) + one(MISTAKES) + pattern.substring(at);
        return chance(30) ? with.substring(0, random.nextInt(with.length() + 1)) : with;
    }

    /** Returns a text, without control characters. */
    public String text() {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(14); i > 0; i--) {
            out.append(TEXT.charAt(random.nextInt(TEXT.length())));
        }
        return out.toString().strip();
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String choice(int depth) {
        StringBuilder out = new StringBuilder(sequence(depth));
        for (int i = random.nextInt(6) - 3; i > 0; i--) {
            out.append('|').append(sequence(depth));
        }
        return out.toString();
    }

    private String sequence(int depth) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            out.append(atom(depth));
            if (chance(35)) {
                out.append(one(QUANTIFIERS)).append(one(List.of("", "", "", "?", "+")));
            }
        }
        return out.toString();
    }

    private String atom(int depth) {
        int kind = random.nextInt(100);
        if (kind < 40 || depth <= 0) {
            return one(CHARACTERS);
        } else if (kind < 55) {
            return one(SETS);
        } else if (kind < 61) {
            return one(POINTS);
        } else if (kind < 74) {
            return "(" + choice(depth - 1) + ")";
        } else if (kind < 86) {
            return one(List.of("(?:", "(?>", "(?=", "(?!", "(?|", "(?i:")) + choice(depth - 1) + ")";
        } else if (kind < 89) {
            return one(List.of("(?<=", "(?<!")) + one(BEHIND) + ")";
        } else if (kind < 93) {
            return one(REFERENCES);
        } else if (kind < 95) {
            return one(OPTIONS);
        } else if (kind < 97) {
            return one(List.of("(?(1)", "(?(?=a)", "(?(R)", "(?(<n>)")) + sequence(1) + "|" + sequence(1) + ")";
        } else if (kind < 99) {
            return one(List.of("(?<n>", "(?P<n>", "(?'n'")) + choice(depth - 1) + ")";
        }
        return one(VERBS);
    }
}
