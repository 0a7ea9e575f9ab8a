package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Expression;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Kind;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** An origin check that lets strangers pass: CWE-777. */
final class OriginRegex extends Check {

    OriginRegex() {
        super("origin-regex", Severity.ERROR, "https://cwe.mitre.org/data/definitions/777.html", """
                An expression matches anywhere in the text, and a dot matches any character. Without "^" and "$",
                and with dots that are not escaped, a host of the attacker's own, registered for the purpose, has
                what is looked for in its name.
                """);
    }

    private static final String EVIL = "evil.example";

    /** A beginning of an expression that stands for the name itself and all names below it. */
    private static final Pattern BELOW = Pattern.compile("^\\((\\?:)?(\\^\\|\\\\\\.|\\\\\\.\\|\\^)\\)");

    @Override
    public void look(Site site, Report report) {
        site.levels()
                .forEach(level -> Expression.of(level).stream()
                        .filter(each -> each.subject().matches("\\$http_(origin|referer)") && lets(each))
                        .forEach(each -> {
                            String stranger = stranger(each);
                            if (stranger != null) {
                                add(site, report, level, each, stranger);
                            }
                        }));
    }

    /** Whether a match allows anything; in a map, an empty value and 0 do not. */
    private static boolean lets(Expression each) {
        return each.word() != 0 || !each.where().arg(0).matches("0?");
    }

    /** Returns an origin of another host that matches; {@code null} if none is found. */
    private static String stranger(Expression each) {
        RegexTree tree = each.tree();
        String friend = tree == null ? null : tree.sample();
        if (friend == null || friend.isEmpty() || !each.matches(friend)) {
            return null;
        }
        boolean hasScheme = friend.contains("://");
        String origin = hasScheme ? friend : "https://" + friend;
        List<String> tries = new ArrayList<>();
        tries.add(origin + "." + EVIL);
        tries.add(origin.replace("://", "://www.") + "." + EVIL);
        if (!hasScheme) {
            tries.add("https://evil" + friend);
        }
        String other = tree.sample(dots(tree));
        if (!other.equals(friend)) {
            tries.add(hasScheme ? other : "https://" + other);
        }
        if (each.subject().endsWith("referer")) {
            tries.add("https://" + EVIL + "/" + friend);
            tries.add("https://" + EVIL + "/." + friend);
        }
        return tries.stream()
                .filter(text -> isForeign(text, friend) && each.matches(text))
                .findFirst()
                .orElse(null);
    }

    /** Whether the host is neither the expected one nor below it. */
    private static boolean isForeign(String text, String friend) {
        String host = host(text);
        String wanted = host(friend);
        return !host.equals(wanted) && !host.endsWith("." + wanted);
    }

    private static String host(String text) {
        return text.replaceFirst("^[a-z]+://", "").replaceFirst("[/:?].*", "");
    }

    /** Returns the unescaped dots of an expression, each with a text in its place that is not a dot. */
    private static Map<Part, String> dots(RegexTree tree) {
        return tree.parts().stream()
                .filter(part -> part.kind() == Kind.ANY && part.min() == 1 && part.max() == 1)
                .collect(Collectors.toMap(part -> part, part -> "-", (a, b) -> a));
    }

    private static void add(Site site, Report report, Level level, Expression each, String stranger) {
        report.add(each.where(), "\"" + each.text() + "\" lets " + stranger + " pass as well")
                .fix("Compare the whole of it", () -> {
                    String strict = strict(each);
                    return strict == null ? null : List.of(each.replace(site.texts(), strict));
                })
                .proof(proof(site, level, each, stranger));
    }

    private static String strict(Expression each) {
        RegexTree tree = each.tree();
        boolean begins = each.text().startsWith("^");
        boolean ends = each.text().endsWith("$");
        if (BELOW.matcher(each.text())
                        .replaceFirst("")
                        .substring(begins ? 1 : 0)
                        .contains("^")
                || tree.alternatives().size() > 1 && (begins || ends)) {
            return null;
        }
        StringBuilder core = new StringBuilder(each.text());
        List<Part> parts = new ArrayList<>(dots(tree).keySet());
        parts.sort((a, b) -> b.from() - a.from());
        parts.forEach(part -> core.insert(part.from(), '\\'));
        String inner =
                core.substring(begins ? 1 : 0, core.length() - (ends ? 1 : 0)).replaceFirst("^\\.\\*", "");
        inner = BELOW.matcher(inner).replaceFirst("");
        if (tree.alternatives().size() > 1) {
            inner = "(?:" + inner + ")";
        }
        String start = tree.sample().contains("://") ? "^" : "^https?://(?:[A-Za-z0-9-]+\\.)*";
        // in a Referer, a path follows
        String end = each.subject().endsWith("referer") ? "(?:[:/]|$)" : "(?::[0-9]+)?$";
        return start + inner.replaceFirst("/$", "") + end;
    }

    private static Proof proof(Site site, Level level, Expression each, String stranger) {
        String field = each.subject().endsWith("origin") ? "Origin" : "Referer";
        if (each.word() == 0) {
            return shown(site, each, field, stranger);
        }
        String path = level.isLocation() ? site.path(level) : null;
        Level inside = level.children().stream()
                .filter(child -> child.location().directive() == each.where())
                .findFirst()
                .orElse(null);
        boolean refuses = inside != null
                && inside.first("return") != null
                && inside.first("return").arg(0).equals("403");
        return path == null || !refuses || !each.where().arg(1).startsWith("!")
                ? null
                : site.ask(level.server(), path)
                        .with(field, stranger)
                        .sees(Where.STATUS, "^(?!403)", stranger + " is not refused");
    }

    /** Returns a proof where a map's value is sent back as a header field. */
    private static Proof shown(Site site, Expression each, String field, String stranger) {
        for (Level level : (Iterable<Level>) site.locations()::iterator) {
            for (Directive d : Merged.addedHeaders(level.scope())) {
                boolean isMapped = site.blocks("map").stream()
                        .anyMatch(map -> map.block().directives().contains(each.where())
                                && map.arg(1).equals(d.arg(1)));
                String path = isMapped && d.args().size() == 3 ? site.path(level) : null;
                if (path != null) {
                    return site.ask(level.server(), path)
                            .with(field, stranger)
                            .sees(Where.HEADER, d.arg(0), ".", stranger + " gets " + d.arg(0));
                }
            }
        }
        return null;
    }
}
