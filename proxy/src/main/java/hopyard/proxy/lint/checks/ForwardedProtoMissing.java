package hopyard.proxy.lint.checks;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.lint.Check;
import hopyard.proxy.lint.Proof.Where;
import hopyard.proxy.lint.Report;
import hopyard.proxy.lint.Severity;
import hopyard.proxy.lint.Site;
import hopyard.proxy.modules.Merged;
import java.util.List;

/** An app that cannot know that it is asked over TLS. */
final class ForwardedProtoMissing extends Check {

    ForwardedProtoMissing() {
        super("forwarded-proto-missing", Severity.WARNING, docs("proxy", "proxy_set_header"), """
                The connection to the app is plain, whatever the client's is. Without X-Forwarded-Proto an app takes
                every request for http: it redirects to https for ever, refuses the origin of forms, and makes links
                to http.
                """);
    }

    @Override
    public void look(Site site, Report report) {
        site.passing().forEach(level -> {
            List<Directive> set = Merged.setHeaders(level.scope());
            Directive cares = set.stream()
                    .filter(d -> d.arg(0).matches("(?i)Host|X-Forwarded-For|X-Real-IP|X-Forwarded-Host"))
                    .filter(d -> d.arg(1).contains("$"))
                    .findFirst()
                    .orElse(null);
            boolean isTold = set.stream()
                    .anyMatch(d -> d.arg(0)
                            .matches("(?i)X-Forwarded-(Proto|Protocol|Ssl|Scheme)|X-Scheme|X-Url-Scheme|Forwarded"));
            boolean matters = site.speaksTls(level.server()) || level.setHeader("X-Forwarded-For") != null;
            if (cares == null || isTold || !matters || level.pass().arg(0).startsWith("https://")) {
                return;
            }
            String path = site.path(level);
            report.add(cares, "the app is told who asks, but not whether by http or https")
                    .fix(
                            "Tell it the scheme",
                            () -> List.of(
                                    level.addHeaderLines(site.texts(), "proxy_set_header X-Forwarded-Proto $scheme;")))
                    .proof(
                            path == null
                                            || site.endpoints(level.server()).stream()
                                                    .allMatch(e -> e.tls() != null)
                                    ? null
                                    : site.ask(level.server(), path)
                                            .sees(
                                                    Where.TO_UPSTREAM,
                                                    "X-Forwarded-Proto",
                                                    "^$",
                                                    "the app gets no X-Forwarded-Proto"));
        });
    }
}
