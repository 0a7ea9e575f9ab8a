package hopyard.proxy.lint.checks;

import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Kind;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The host, with its port, that the URL of a {@code proxy_pass} names. */
final class PassedHost {

    private static final Pattern SCHEME = Pattern.compile("^(https?|\\$scheme)://");

    /** Matches where a path begins; variables that hold a path begin with a slash. */
    private static final Pattern PATH = Pattern.compile("[/?]|\\$\\{?(request_uri|uri|document_uri|is_args|args)\\b");

    private PassedHost() {}

    /**
     * @param level whose captures the URL may name
     * @param url in which the variables are replaced that directives define
     */
    static String of(Level level, String url) {
        String rest = SCHEME.matcher(url).replaceFirst("");
        Matcher path = PATH.matcher(rest);
        String host = path.find() ? rest.substring(0, path.start()) : rest;
        for (String name : PossibleValues.variables(host)) {
            Part group = group(level, name);
            if (group != null && beginsWithSlash(group)) {
                return host.substring(0, host.indexOf("$" + (host.contains("${" + name) ? "{" : "") + name));
            }
        }
        return host;
    }

    /** Returns the group of the location's expression that a variable names; {@code null} if there is none. */
    static Part group(Level level, String name) {
        RegexTree tree = level.location().kind() == Location.Kind.REGEX
                ? RegexTree.parse(level.location().name())
                : null;
        return tree == null ? null : tree.group(name);
    }

    private static boolean beginsWithSlash(Part group) {
        for (List<Part> each : group.alternatives()) {
            Part first = each.isEmpty() ? null : each.get(0);
            boolean isSlash = first != null
                    && first.kind() == Kind.CHARACTERS
                    && first.min() > 0
                    && first.mayHold('/')
                    && !first.mayHold('a')
                    && !first.mayHold('.');
            if (!isSlash) {
                return false;
            }
        }
        return true;
    }
}
