package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.conf.Command;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.support.CaseFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Each directive about TLS, HTTP/2 and gRPC has cases that are compared with nginx: one that acts, and a mistake. */
class CoveredDirectivesTest {

    private static final Pattern ABOUT_THESE = Pattern.compile("(ssl|proxy_ssl|grpc|http2)_.*");

    /** Newer than the nginx that cases are compared with, and without effect. */
    private static final Set<String> NEWER = Set.of("grpc_socket_rcvbuf", "grpc_socket_sndbuf");

    /** They need a responder that answers, as {@code StapleTest} and the tests of OCSP have it. */
    private static final Set<String> WITH_RESPONDERS =
            Set.of("ssl_ocsp", "ssl_ocsp_cache", "ssl_ocsp_responder", "ssl_stapling_responder", "ssl_stapling_verify");

    private static Set<String> missing(List<CaseFile> cases, Set<String> names) {
        Set<String> missing = new TreeSet<>();
        for (String name : names) {
            Pattern line = Pattern.compile("(?s).*(^|[\\s{;])" + name + "[\\s;].*");
            if (cases.stream().noneMatch(each -> line.matcher(each.conf()).matches())) {
                missing.add(name);
            }
        }
        return missing;
    }

    @Test
    void eachHasACaseThatActsAndAMistake() throws IOException {
        List<CaseFile> all = CaseFile.all(Path.of("src/test/resources/cases"));
        Set<String> names = Modules.all().stream()
                .flatMap(module -> module.directives().stream())
                .map(Command::name)
                .filter(name -> ABOUT_THESE.matcher(name).matches())
                .collect(Collectors.toCollection(TreeSet::new));
        names.removeAll(NEWER);
        List<CaseFile> mistaken =
                all.stream().filter(each -> each.requests().isEmpty()).toList();
        assertEquals(Set.of(), missing(mistaken, names), "without a configuration that is wrong");
        names.removeAll(WITH_RESPONDERS);
        List<CaseFile> acting =
                all.stream().filter(each -> !each.requests().isEmpty()).toList();
        assertEquals(Set.of(), missing(acting, names), "without a request");
    }
}
