package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Ask;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.server.Location;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A path that is put together wrongly. */
final class ProxyPassSlash extends Check {

    private static final Pattern URL = Pattern.compile("https?://[^/?$]+(/.*)");

    ProxyPassSlash() {
        super("proxy-pass-slash", Severity.WARNING, docs("proxy", "proxy_pass"), """
                With a URI in proxy_pass, what the location matched is cut off and the URI put in its place. If only
                one of them ends in a slash, the app gets "/apiusers" or "//users"; and a location without its slash
                also takes "/api../", which leads above the URI.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            Directive d = level.pass();
            Location location = level.location();
            boolean isPrefix = location.kind() == Location.Kind.PREFIX || location.kind() == Location.Kind.PREFIX_FINAL;
            Matcher url = URL.matcher(d.arg(0));
            if (!isPrefix
                    || d.arg(0).contains("$")
                    || !url.matches()
                    || url.group(1).contains("?")) {
                return;
            }
            boolean ends = location.name().endsWith("/");
            if (ends != url.group(1).endsWith("/")) {
                add(site, report, level, d, url.group(1), ends);
            }
        });
    }

    private static void add(Site site, Report report, Level level, Directive d, String uri, boolean ends) {
        String name = level.location().name();
        Directive block = level.location().directive();
        String path = name + (ends ? "lint" : "/lint");
        String made = ends ? uri + "lint" : uri + "/lint";
        boolean isTaken = level.server().children().stream()
                .anyMatch(other -> other.isLocation() && other.location().name().equals(name + "/"));
        report.add(d, "\"" + path + "\" is passed on as \"" + made + "\"")
                .fix(
                        ends ? "End the URI with a slash, too" : "End the location with a slash, too",
                        () -> ends
                                ? List.of(site.texts().replace(d, 0, d.arg(0) + "/"))
                                : isTaken
                                        ? null
                                        : List.of(site.texts()
                                                .replace(block, block.args().size() - 1, name + "/")))
                .proof(
                        level.isInternal() || !site.leadsTo(level, path)
                                ? null
                                : site.ask(level.server(), path)
                                        .sees(
                                                Where.UPSTREAM_LINE,
                                                " " + Ask.literal(made) + " ",
                                                "the app was asked for " + made));
    }
}
