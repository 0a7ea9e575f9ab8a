package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.PossibleValues;
import hopyard.proxy.lint.Proof;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.RegexTree;
import hopyard.proxy.lint.RegexTree.Kind;
import hopyard.proxy.lint.RegexTree.Part;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.Map;

/** An upstream that the client chooses: CWE-918. */
final class Ssrf extends Check {

    Ssrf() {
        super("ssrf", Severity.ERROR, "https://cwe.mitre.org/data/definitions/918.html", """
                Who chooses the host of proxy_pass has the proxy ask any server that it can reach: the cloud's
                metadata service, databases' admin pages, the proxy's own machine. The answers come back to whoever
                asked.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels()
                .filter(level -> level.context() == Context.LOCATION || level.context() == Context.LOCATION_IF)
                .forEach(level -> {
                    Directive d = level.first("proxy_pass");
                    Level location = level.isLocation() ? level : level.parent();
                    if (d == null || !d.arg(0).contains("$") || location.isInternal()) {
                        return;
                    }
                    String name = site.values().expand(d.arg(0)).stream()
                            .map(url -> chosen(site, location, url))
                            .filter(each -> each != null)
                            .findFirst()
                            .orElse(null);
                    if (name != null) {
                        add(site, report, location, d, name);
                    }
                });
    }

    /** Returns the name of a variable in the host of a URL that a client chooses; {@code null} if there is none. */
    private static String chosen(Site site, Level level, String url) {
        String host = PassedHost.of(level, url);
        for (String name : PossibleValues.variables(host)) {
            if (site.values().isFromClient(name) && !isChecked(site, level, name, host)) {
                return name;
            }
        }
        return null;
    }

    /** Whether the variable can only be one of a few names, or a label in front of a domain. */
    private static boolean isChecked(Site site, Level level, String name, String host) {
        if (name.equals("host")) {
            return !site.isDefault(level.server())
                    && !Site.names(level.server()).isEmpty();
        }
        Part group = site.values().isCapture(name) ? PassedHost.group(level, name) : null;
        if (group == null) {
            return false;
        }
        boolean isListed = group.alternatives().stream()
                .flatMap(List::stream)
                .allMatch(part -> part.kind() == Kind.CHARACTERS && part.max() == 1 && part.to() == part.from() + 1);
        boolean isLabel = host.matches(".*\\$[{]?" + name + "}?(\\.[A-Za-z0-9-]+)+(:[0-9]+)?")
                && "/?#@:%".chars().noneMatch(c -> group.mayHold((char) c));
        return isListed || isLabel;
    }

    private static void add(Site site, Report report, Level level, Directive d, String name) {
        report.add(d, "a client chooses with $" + name + " which server the proxy asks")
                .fix(
                        "Close the location to requests from outside, until a list says which hosts are meant",
                        () -> List.of(site.texts().into(level.location().directive(), "internal;")))
                .proof(proof(site, level, d, name));
    }

    private static Proof proof(Site site, Level level, Directive d, String name) {
        String target = "127.0.0.1:9";
        String says = "the proxy has tried to reach " + target + ", which the request named, and found nobody there";
        String path = site.path(level);
        String address = d.arg(0).matches("\\$\\w+") ? "http://" + target : target;
        if (level.location().kind() == Location.Kind.REGEX && site.values().isCapture(name)) {
            RegexTree tree = RegexTree.parse(level.location().name());
            Part group = tree == null ? null : tree.group(name);
            String named = group == null ? null : tree.sample(Map.of(group, target));
            return named == null || !named.startsWith("/") || !site.leadsTo(level, named)
                    ? null
                    : site.ask(level.server(), named).sees(Where.ERROR_LOG, "127\\.0\\.0\\.1:9", says);
        }
        if (path == null || !name.matches("(arg|http)_\\w+") || name.equals("http_host")) {
            return null;
        }
        boolean isArgument = name.startsWith("arg_");
        String key = name.replaceFirst("^(arg|http)_", "");
        Ask ask = isArgument
                ? site.target(level.server(), Ask.encoded(path) + "?" + key + "=" + address)
                : site.ask(level.server(), path).with(key.replace('_', '-'), address);
        return ask.sees(Where.ERROR_LOG, "127\\.0\\.0\\.1:9", says);
    }
}
