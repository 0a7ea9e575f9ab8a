package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Level;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import io.undertow.util.HttpString;
import java.util.List;

/** A session that is kept for everybody. */
final class CacheIgnoresCookies extends Check {

    CacheIgnoresCookies() {
        super("cache-ignores-set-cookie", Severity.ERROR, docs("proxy", "proxy_ignore_headers"), """
                A response that sets a cookie is not kept, because the cookie is for one client. With Set-Cookie
                among the ignored headers it is kept, cookie included, and the next client gets the session of the
                one before.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.levels().forEach(level -> {
            for (Directive d : level.own("proxy_ignore_headers")) {
                int number = d.args().indexOf("Set-Cookie");
                boolean isKept = number >= 0 && level.all().anyMatch(CacheIgnoresCookies::keeps);
                if (isKept) {
                    report.add(d, "a response with a cookie is kept and given to others, cookie included")
                            .fix(
                                    "Obey Set-Cookie",
                                    () -> List.of(
                                            d.args().size() == 1
                                                    ? site.texts().delete(d)
                                                    : site.texts().remove(d, number)));
                }
            }
        });
    }

    private static boolean keeps(Level level) {
        Level cache = level.isLocation() && level.pass() != null ? level.nearestWith("proxy_cache") : null;
        boolean hides = level.nearestWith("proxy_hide_header") != null
                && level.nearestWith("proxy_hide_header").own("proxy_hide_header").stream()
                        .anyMatch(d -> d.arg(0).equalsIgnoreCase("Set-Cookie"));
        return cache != null
                && !cache.first("proxy_cache").arg(0).equals("off")
                && !hides
                && Merged.forward(level.scope()).ignoredHeaders().contains(new HttpString("Set-Cookie"));
    }
}
