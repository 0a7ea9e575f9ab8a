package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.lint.Texts;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A location that gets no request, because other locations take all of them. */
final class LocationNeverReached extends Check {

    /** Matches expressions that match every path. */
    private static final Pattern ALL =
            Pattern.compile("\\^?/?(\\.\\*\\$?)?|\\^?/?\\(\\.\\*\\)\\$?|\\^?\\(?/?\\.\\*\\)?\\$?");

    LocationNeverReached() {
        super("location-never-reached", Severity.WARNING, docs("core", "location"), """
                Expressions are tried in the order of the file and the first that matches wins; a longest prefix
                with "^~" keeps all of them from being tried. A location that comes too late is dead, with all that
                it was to do.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.locations()
                .filter(level -> level.location().kind() == Location.Kind.REGEX)
                .forEach(level -> {
                    lookAtPrefixes(site, report, level);
                    Level taker = earlier(level);
                    String path = candidate(level);
                    Directive d = level.location().directive();
                    if (taker != null) {
                        Directive first = taker.location().directive();
                        boolean isSame =
                                taker.location().name().equals(level.location().name());
                        report.add(
                                        d,
                                        level.title() + " is never reached: " + taker.title()
                                                + " above takes all its requests")
                                .fix(
                                        isSame ? "Take it out" : "Move it above the other one",
                                        () -> isSame
                                                ? List.of(site.texts().delete(d))
                                                : d.file().equals(first.file())
                                                        ? List.of(
                                                                site.texts()
                                                                        .before(
                                                                                first,
                                                                                site.texts()
                                                                                        .of(d)),
                                                                site.texts().delete(d))
                                                        : null)
                                .proof(isSame ? null : proof(site, taker, path));
                        return;
                    }
                    Level prefix = finalPrefix(level);
                    if (prefix != null) {
                        Directive first = prefix.location().directive();
                        report.add(
                                        d,
                                        level.title() + " is never reached: " + prefix.title()
                                                + " forbids expressions there")
                                .fix(
                                        "Let expressions be tried",
                                        () -> List.of(site.texts()
                                                .replaceAll(
                                                        first,
                                                        Texts.quoted(prefix.location()
                                                                .name()))))
                                .proof(proof(site, prefix, path));
                    }
                });
    }

    /** Looks for an expression that matches every path and leaves nothing to prefixes. */
    private static void lookAtPrefixes(Site site, Report report, Level level) {
        List<Level> dead = level.parent().children().stream()
                .filter(other -> other.isLocation()
                        && other.location().kind() == Location.Kind.PREFIX
                        && other.children().stream().noneMatch(Level::isLocation))
                .toList();
        if (!ALL.matcher(level.location().name()).matches() || dead.isEmpty()) {
            return;
        }
        Directive d = level.location().directive();
        boolean hasRoot =
                dead.stream().anyMatch(other -> other.location().name().equals("/"));
        String path = dead.get(0).location().name() + "hopyard-lint";
        report.add(
                        d,
                        level.title() + " takes all requests of " + dead.get(0).title()
                                + (dead.size() == 1 ? "" : " and " + (dead.size() - 1) + " more"))
                .fix(
                        "Be a prefix, which gives way to longer ones",
                        () -> hasRoot || level.parent() != level.server()
                                ? null
                                : List.of(site.texts().replaceAll(d, "/")))
                .proof(proof(site, level, path));
    }

    private static String candidate(Level level) {
        RegexTree tree = RegexTree.parse(level.location().name());
        String sample = tree == null ? null : tree.sample();
        return sample == null ? null : sample.startsWith("/") ? sample : "/hopyard-lint" + sample;
    }

    private static Proof proof(Site site, Level taker, String path) {
        return path == null || !site.leadsTo(taker, path)
                ? null
                : site.ask(taker.server(), path)
                        .sees(
                                Where.LOCATION,
                                taker.location().directive().args().stream()
                                        .map(Ask::literal)
                                        .collect(Collectors.joining(" ", "^location ", "($| )")),
                                "the other location has taken it");
    }

    /** Returns an earlier expression that matches whatever this one matches; {@code null} if none is known. */
    private static Level earlier(Level level) {
        String text = level.location().name();
        for (Level other : level.parent().children()) {
            if (other == level) {
                return null;
            }
            if (other.location().kind() == Location.Kind.REGEX && takesAll(other.location(), level.location())) {
                return other;
            }
        }
        return null;
    }

    private static boolean takesAll(Location first, Location second) {
        String a = first.name();
        String b = second.name();
        if (ALL.matcher(a).matches()) {
            return true;
        }
        if (!b.startsWith(a)) {
            return false;
        }
        boolean ignoresCase = first.directive().arg(0).startsWith("~*");
        boolean isCaseTaken = ignoresCase || !second.directive().arg(0).startsWith("~*");
        if (a.equals(b)) {
            return isCaseTaken;
        }
        // a longer expression demands more, if it begins with the whole of the other one
        String rest = b.substring(a.length());
        return isCaseTaken
                && !rest.matches("[?*+{|].*")
                && !a.endsWith("\\\\")
                && RegexTree.parse(a) != null
                && RegexTree.parse(a).alternatives().size() == 1
                && RegexTree.parse(b) != null
                && RegexTree.parse(b).alternatives().size() == 1;
    }

    /**
     * Returns the prefix that begins every path that the expression matches, if this prefix ends the search; else
     * {@code null}.
     */
    private static Level finalPrefix(Level level) {
        Matcher literal = Pattern.compile("^\\^((?:[\\w/-]|\\\\\\.)+)(?![\\w/?*+{|-])")
                .matcher(level.location().name());
        if (!literal.find() || level.location().name().contains("|")) {
            return null;
        }
        String start = literal.group(1).replace("\\", "");
        Level best = null;
        for (Level other : level.parent().children()) {
            Location location = other.location();
            boolean isPrefix = location.kind() == Location.Kind.PREFIX || location.kind() == Location.Kind.PREFIX_FINAL;
            if (isPrefix
                    && location.name().startsWith(start)
                    && !location.name().equals(start)) {
                // a longer prefix may let expressions be tried
                return null;
            }
            if (isPrefix
                    && start.startsWith(location.name())
                    && (best == null
                            || best.location().name().length() < location.name().length())) {
                best = other;
            }
        }
        return best != null && best.location().kind() == Location.Kind.PREFIX_FINAL ? best : null;
    }
}
