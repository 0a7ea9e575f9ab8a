package hopyard.proxy.pcre;

/** What may be wrong with a pattern, with PCRE2's message for it. */
enum Fault {
    BACKSLASH_AT_END("\\ at end of pattern"),
    CONTROL_AT_END("\\c at end of pattern"),
    UNKNOWN_ESCAPE("unrecognized character follows \\"),
    COUNTS_OUT_OF_ORDER("numbers out of order in {} quantifier"),
    COUNT_TOO_BIG("number too big in {} quantifier"),
    CLASS_NOT_CLOSED("missing terminating ] for character class"),
    ESCAPE_IN_CLASS("escape sequence is invalid in character class"),
    RANGE_OUT_OF_ORDER("range out of order in character class"),
    NOTHING_TO_REPEAT("quantifier does not follow a repeatable item"),
    UNKNOWN_OPTION("unrecognized character after (? or (?-"),
    POSIX_OUTSIDE_CLASS("POSIX named classes are supported only within a class"),
    POSIX_COLLATING("POSIX collating elements are not supported"),
    GROUP_NOT_CLOSED("missing closing parenthesis"),
    NO_SUCH_GROUP("reference to non-existent subpattern"),
    COMMENT_NOT_CLOSED("missing ) after (?# comment"),
    TOO_DEEP("parentheses are too deeply nested"),
    TOO_LARGE("regular expression is too large"),
    NOT_OPENED("unmatched closing parenthesis"),
    CONDITION_NOT_CLOSED("missing closing parenthesis for condition"),
    LOOKBEHIND_NOT_FIXED("lookbehind assertion is not fixed length"),
    RELATIVE_ZERO("a relative value of zero is not allowed"),
    TOO_MANY_BRANCHES("conditional subpattern contains more than two branches"),
    ASSERTION_EXPECTED("assertion expected after (?( or (?(?C)"),
    DIGIT_EXPECTED("digit expected after (?+ or (?-"),
    UNKNOWN_POSIX_CLASS("unknown POSIX class name"),
    CODE_TOO_LARGE("character code point value in \\x{} or \\o{} is too large"),
    LOOKBEHIND_TOO_COMPLICATED("lookbehind is too complicated"),
    BYTE_IN_LOOKBEHIND("\\C is not allowed in a lookbehind assertion in UTF-8 mode"),
    UNSUPPORTED_ESCAPE("PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u"),
    CALLOUT_TOO_BIG("number after (?C is greater than 255"),
    CALLOUT_NOT_CLOSED("closing parenthesis for (?C expected"),
    UNKNOWN_AFTER_P("unrecognized character after (?P"),
    NAME_SYNTAX("syntax error in subpattern name (missing terminator?)"),
    DUPLICATE_NAME("two named subpatterns have the same name (PCRE2_DUPNAMES not set)"),
    NAME_BEGINS_WITH_DIGIT("subpattern name must start with a non-digit"),
    MALFORMED_PROPERTY("malformed \\P or \\p sequence"),
    UNKNOWN_PROPERTY("unknown property after \\P or \\p"),
    NAME_TOO_LONG("subpattern name is too long (maximum 32 code units)"),
    INVALID_RANGE("invalid range in character class"),
    OCTAL_TOO_LARGE("octal value is greater than \\377 in 8-bit non-UTF-8 mode"),
    DEFINE_BRANCHES("DEFINE subpattern contains more than one branch"),
    NO_BRACE_AFTER_O("missing opening brace after \\o"),
    BAD_G("\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number"),
    BAD_RECURSION("(?R (recursive pattern call) must be followed by a closing parenthesis"),
    UNKNOWN_VERB("(*VERB) not recognized or malformed"),
    GROUP_NUMBER_TOO_BIG("subpattern number is too big"),
    NAME_EXPECTED("subpattern name expected"),
    NOT_OCTAL("non-octal character in \\o{} (closing brace missing?)"),
    DIFFERENT_NAMES("different names for subpatterns of the same number are not allowed"),
    MARK_WITHOUT_NAME("(*MARK) must have an argument"),
    NOT_HEX("non-hex character in \\x{} (closing brace missing?)"),
    BAD_CONTROL("\\c must be followed by a printable ASCII character"),
    BAD_K("\\k is not followed by a braced, angle-bracketed, or quoted name"),
    N_IN_CLASS("\\N is not supported in a class"),
    SURROGATE("disallowed Unicode code point (>= 0xd800 && <= 0xdfff)"),
    VERB_NAME_TOO_LONG("name is too long in (*MARK), (*PRUNE), (*SKIP), or (*THEN)"),
    DIGITS_MISSING("digits missing in \\x{} or \\o{} or \\N{U+}"),
    BAD_VERSION("syntax error or number too big in (?(VERSION condition"),
    CALLOUT_STRING_NOT_ENDED("missing terminating delimiter for callout with string argument"),
    CALLOUT_DELIMITER("unrecognized string delimiter follows (?C"),
    TOO_COMPLICATED("regular expression is too complicated"),
    LOOKBEHIND_TOO_LONG("lookbehind assertion is too long"),
    CODE_POINT_WITHOUT_UTF("\\N{U+dddd} is supported only in Unicode (UTF) mode"),
    BAD_HYPHEN("invalid hyphen in option setting"),
    UNKNOWN_ASSERTION("(*alpha_assertion) not recognized"),
    TOO_MANY_GROUPS("too many capturing groups (maximum 65535)"),
    ATOMIC_ASSERTION_EXPECTED("atomic assertion expected after (?( or (?(?C)"),
    KEEP_IN_LOOKAROUND("\\K is not allowed in lookarounds (but see PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK)");

    private final String text;

    Fault(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
