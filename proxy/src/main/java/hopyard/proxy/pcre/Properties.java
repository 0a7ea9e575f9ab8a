package hopyard.proxy.pcre;

import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The Unicode properties of {@code \p{…}}, from the JDK's tables. */
final class Properties {

    /** General categories by their two letters, in the order of the numbers in {@link Character#getType(int)}. */
    private static final String[] CATEGORIES = {
        "cn", "lu", "ll", "lt", "lm", "lo", "mn", "me", "mc", "nd", "nl", "no", "", "zs", "zl", "zp", "cc", "cf", "",
        "co", "cs", "pd", "ps", "pe", "pc", "po", "sm", "sc", "sk", "so", "pi", "pf"
    };

    private static final Map<String, IntPredicate> OTHERS = Map.ofEntries(
            Map.entry("any", c -> true),
            Map.entry("l&", c -> isCased(Character.getType(c))),
            Map.entry("lc", c -> isCased(Character.getType(c))),
            Map.entry("xan", Properties::isAlphanumeric),
            Map.entry("xsp", Properties::isSpace),
            Map.entry("xps", Properties::isSpace),
            Map.entry("xwd", c -> isAlphanumeric(c) || c == '_'),
            Map.entry("xuc", c -> c == '$' || c == '@' || c == '`' || c >= 0xa0 && (c < 0xd800 || c > 0xdfff)),
            Map.entry("alphabetic", Character::isAlphabetic),
            Map.entry("alpha", Character::isAlphabetic),
            Map.entry("ascii", c -> c < 0x80),
            Map.entry("asciihexdigit", Properties::isHexDigit),
            Map.entry("ahex", Properties::isHexDigit),
            Map.entry("lowercase", Character::isLowerCase),
            Map.entry("lower", Character::isLowerCase),
            Map.entry("uppercase", Character::isUpperCase),
            Map.entry("upper", Character::isUpperCase),
            Map.entry("ideographic", Character::isIdeographic),
            Map.entry("ideo", Character::isIdeographic),
            Map.entry("whitespace", Properties::isSpace),
            Map.entry("space", Properties::isSpace),
            Map.entry("wspace", Properties::isSpace));

    private Properties() {}

    /**
     * Returns a property.
     *
     * @param name without blanks, underscores and hyphens, in small letters
     * @return {@code null} if there is none with that name
     */
    static IntPredicate of(String name) {
        IntPredicate other = OTHERS.get(name);
        if (other != null) {
            return other;
        }
        if (name.length() <= 2 && !name.isEmpty()) {
            IntPredicate category = category(name);
            if (category != null) {
                return category;
            }
        }
        int colon = Math.max(name.indexOf(':'), name.indexOf('='));
        if (colon >= 0) {
            String kind = name.substring(0, colon);
            return kind.matches("sc|scx|script|scriptextensions") ? script(name.substring(colon + 1)) : null;
        }
        return script(name);
    }

    private static IntPredicate category(String name) {
        boolean[] types = new boolean[CATEGORIES.length];
        boolean any = false;
        for (int i = 0; i < CATEGORIES.length; i++) {
            types[i] = CATEGORIES[i].startsWith(name);
            any |= types[i];
        }
        return any ? c -> types[Character.getType(c)] : null;
    }

    private static IntPredicate script(String name) {
        for (Character.UnicodeScript script : Character.UnicodeScript.values()) {
            if (script.name().replace("_", "").toLowerCase(Locale.ROOT).equals(name)) {
                return c -> Character.UnicodeScript.of(c) == script;
            }
        }
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name);
            return c -> Character.UnicodeScript.of(c) == script;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static boolean isAlphanumeric(int c) {
        int type = Character.getType(c);
        return Character.isLetter(c) || type >= Character.DECIMAL_DIGIT_NUMBER && type <= Character.OTHER_NUMBER;
    }

    private static boolean isCased(int type) {
        return type == Character.UPPERCASE_LETTER
                || type == Character.LOWERCASE_LETTER
                || type == Character.TITLECASE_LETTER;
    }

    private static boolean isHexDigit(int c) {
        return c < 0x80 && Character.digit(c, 16) >= 0;
    }

    static boolean isSpace(int c) {
        int type = Character.getType(c);
        return c >= '\t' && c <= '\r'
                || c == 0x85
                || type == Character.SPACE_SEPARATOR
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
