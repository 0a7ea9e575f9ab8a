package hopyard.proxy.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.console.Console;
import hopyard.proxy.console.ConsoleModule;
import hopyard.proxy.lint.LintCases.Expected;
import hopyard.proxy.lint.checks.Checks;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.support.CaseFile;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What each check finds and what it does not, that its fix mends it, and that its proof shows it as long as it is true.
 */
class LintTest {

    @TempDir
    private static Path shared;

    private static RawUpstream app;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws IOException {
        app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\napp");
        Files.createDirectories(shared.resolve("dir"));
        Files.writeString(shared.resolve("file.txt"), "a file\n");
        Files.writeString(shared.resolve("index.php"), "<?php $password = 1; ?>\n");
    }

    @AfterAll
    static void stop() throws IOException {
        app.close();
    }

    // ---- the cases

    @TestFactory
    Stream<DynamicTest> checksFindWhatTheyAreForAndNothingElse() throws IOException {
        return LintCases.all().stream()
                .map(each -> DynamicTest.dynamicTest(each.check() + ": " + each.name(), () -> run(each)));
    }

    @Test
    void eachCheckHasACaseThatItFindsSomethingInAndOneThatItDoesNot() throws IOException {
        Set<String> ids =
                Checks.all().stream().map(each -> each.rule().id()).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Checks.all().size(), ids.size(), "two checks have the same name");
        assertEquals(ids, named(true));
        assertEquals(ids, named(false));
    }

    @Test
    void eachCheckIsListedInTheDocumentation() throws IOException {
        String page = Files.readString(Path.of("../docs/console.md"));
        String section = page.substring(page.indexOf("| about | checks |"), page.indexOf("## What it may do"));
        Set<String> listed = Pattern.compile("`([a-z0-9-]+)`")
                .matcher(section.substring(0, section.indexOf("\n\n")))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Checks.all().stream().map(each -> each.rule().id()).collect(Collectors.toCollection(TreeSet::new)),
                listed);
    }

    private static Set<String> named(boolean positive) throws IOException {
        return LintCases.all().stream()
                .filter(each -> each.isPositive() == positive)
                .map(LintCases::check)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void run(LintCases each) throws Exception {
        Path home = Files.createTempDirectory(directory, "case");
        String http = each.http()
                .replace("@LISTEN@", "127.0.0.1:0")
                .replace("@APP@", app.address())
                .replace("@ROOT@", shared.toString());
        String text = "events {} http { error_log " + home + "/error.log info; resolver_timeout 1s; " + http + "}";
        Lint lint = lint(home, text);
        List<Finding> found = found(lint, each.check());
        assertEquals(
                each.expected().stream().map(Expected::line).toList(),
                found.stream()
                        .map(f -> lint.texts().line(f.at().file(), f.at().at()))
                        .toList(),
                "lines of: " + found.stream().map(Finding::message).toList());
        for (int i = 0; i < found.size(); i++) {
            Finding finding = found.get(i);
            Expected expected = each.expected().get(i);
            assertEquals(expected.hasFix(), finding.fix() != null, "fix of: " + finding.message());
            assertEquals(expected.hasProof(), finding.proof() != null, "proof of: " + finding.message());
            String mended =
                    finding.fix() == null ? null : apply(text, finding.fix().edits());
            if (mended != null) {
                int left = found(lint(home, mended), each.check()).size();
                assertTrue(left < found.size(), left + " are left in: " + mended);
            }
            if (finding.proof() != null) {
                ProofRun.shows(true, finding.proof(), home, text);
                if (mended != null) {
                    ProofRun.shows(false, finding.proof(), home, mended);
                }
            }
        }
    }

    private static List<Finding> found(Lint lint, String check) {
        return lint.findings().stream().filter(f -> f.rule().id().equals(check)).toList();
    }

    /** A text with edits applied, the last one first. */
    private static String apply(String text, List<Edit> edits) {
        StringBuilder out = new StringBuilder(text);
        List<Edit> sorted = new ArrayList<>(edits);
        sorted.sort(Comparator.comparingInt(Edit::from).reversed());
        sorted.forEach(edit -> out.replace(edit.from(), edit.to(), edit.insert()));
        return out.toString();
    }

    private static Lint lint(Path home, String text) throws ConfException, IOException {
        try {
            Path file = Files.writeString(home.resolve("lint.conf"), text, StandardCharsets.ISO_8859_1);
            return Lint.of(loader(home, file).inspect(), Checks.all());
        } catch (ConfException e) {
            throw new AssertionError(e.getMessage() + "\n" + text, e);
        }
    }

    static ConfigurationLoader loader(Path home, Path file) {
        return new ConfigurationLoader(ConsoleModule.andAllOthers(new Console()), home, file, "", "stderr");
    }

    // ---- whole files

    @Test
    void nothingIsFoundInTheFilesThatAreShipped() throws Exception {
        Path prefix = Path.of("").toAbsolutePath();
        for (String file : List.of("conf/nginx.conf", "../deploy/swarm/nginx.conf")) {
            Lint lint = Lint.of(loader(prefix, prefix.resolve(file).normalize()).inspect(), Checks.all());
            assertEquals(List.of(), lint.findings(), file);
        }
    }

    /** Each of these was looked at: it is true, and each file's author would want to know. */
    @Test
    void whatIsFoundInProductionConfigurationsIsTrueAndLittle() throws Exception {
        assertEquals("""
                aspnet: add-header-without-always 21
                aspnet: add-header-without-always 22
                aspnet: websocket-read-timeout 24
                aspnet: forwarded-for-from-client 30
                blue-green: implicit-default-server 18
                blue-green: ssrf 20
                caching-proxy: server-name-missing 35
                discourse: add-header-without-always 39
                discourse: forwarded-for-from-client 60
                django-gunicorn: forwarded-for-from-client 35
                docker-registry: implicit-default-server 14
                docker-registry: unbounded-body-stored 15
                docker-registry: forwarded-for-from-client 25
                flask-subpath: forwarded-for-from-client 29
                ghost: implicit-default-server 14
                ghost: unescaped-dot 16
                gitlab: origin-regex 34
                gitlab: implicit-default-server 44
                gitlab: unbounded-body-stored 46
                gitlab: add-header-without-always 50
                grafana: server-name-missing 21
                grafana: websocket-read-timeout 29
                grafana: server-name-missing 22
                grafana: websocket-read-timeout 31
                gzip-and-headers: add-header-without-always 34
                gzip-and-headers: add-header-lost 36
                h5bp: add-header-without-always 44
                home-assistant: buffering-off-globally 14
                home-assistant: websocket-read-timeout 17
                home-assistant: forwarded-proto-missing 18
                home-assistant: forwarded-for-from-client 21
                hotlinks: regex-takes-static-files 17
                included-rules: http-host-upstream 72
                included-rules: forwarded-for-from-client 74
                jenkins: implicit-default-server 19
                jenkins: forwarded-for-from-client 42
                kibana: keepalive-unused 16
                kibana: return-before-access 35
                kibana: response-splitting 36
                magento: implicit-default-server 13
                magento: add-header-without-always 27
                magento: add-header-without-always 34
                magento: add-header-without-always 39
                mastodon: implicit-default-server 17
                mastodon: implicit-default-server 24
                mastodon: add-header-without-always 47
                mastodon: add-header-without-always 52
                mastodon: add-header-without-always 57
                mastodon: add-header-without-always 58
                mastodon: forwarded-for-from-client 64
                mastodon: websocket-read-timeout 67
                mastodon: add-header-without-always 73
                mastodon: forwarded-for-from-client 79
                mastodon: websocket-read-timeout 83
                matrix: implicit-default-server 15
                meetings: implicit-default-server 16
                meetings: add-header-without-always 21
                meetings: forwarded-proto-missing 22
                meetings: websocket-read-timeout 23
                meetings: connection-always-upgrade 23
                meetings: unescaped-dot 26
                monitoring: implicit-default-server 12
                monitoring: return-before-access 19
                nextcloud: implicit-default-server 32
                nextcloud: add-header-lost 86
                node-cluster: implicit-default-server 19
                node-cluster: websocket-read-timeout 25
                node-cluster: websocket-read-timeout 35
                node-cluster: connection-always-upgrade 35
                node-websocket: server-name-missing 31
                node-websocket: websocket-read-timeout 36
                node-websocket: connection-always-upgrade 39
                odoo: implicit-default-server 14
                odoo: forwarded-for-from-client 32
                php-drupal: unescaped-dot 20
                php-drupal: unanchored-extension 25
                php-drupal: unescaped-dot 25
                php-laravel: add-header-without-always 15
                php-laravel: add-header-without-always 16
                php-nextcloud: add-header-lost 51
                php-roundcube: add-header-without-always 21
                phpmyadmin: implicit-default-server 14
                protected-downloads: server-name-missing 25
                rails-assets: implicit-default-server 12
                rails-assets: forwarded-proto-missing 26
                rails-assets: forwarded-for-from-client 26
                rails-assets: websocket-read-timeout 31
                rails-assets: connection-always-upgrade 31
                rails-puma: implicit-default-server 25
                rails-puma: forwarded-for-from-client 35
                scgi-rtorrent: regex-takes-static-files 31
                sentry: retry-non-idempotent 22
                sentry: forwarded-proto-missing 29
                sentry: server-name-missing 29
                sentry: add-header-without-always 39
                sites-enabled: implicit-default-server 31
                sites-enabled: add-header-lost 83
                spa-with-api: server-name-missing 28
                stateful-sessions: underscores-in-headers 26
                static-site: regex-takes-static-files 32
                tls-redirect: implicit-default-server 25
                tls-redirect: implicit-default-server 30
                tls-redirect: forwarded-for-from-client 45
                tls-two-servers: forwarded-proto-missing 27
                uwsgi-beside: implicit-default-server 16
                uwsgi-beside: forwarded-for-from-client 32
                vaultwarden: implicit-default-server 14
                vaultwarden: forwarded-for-from-client 22
                vaultwarden: websocket-read-timeout 24
                vaultwarden: keepalive-unused 26
                vaultwarden: websocket-read-timeout 27
                vaultwarden: keepalive-unused 28
                wordpress: implicit-default-server 23
                """, inConfigurations());
    }

    private String inConfigurations() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "server", "example.com");
        StringBuilder out = new StringBuilder();
        for (CaseFile each : CaseFile.all(Path.of("src/test/resources/configurations"))) {
            String text = each.conf()
                    .replace("@USER@", "www-data")
                    .replace("@TEMP@", "")
                    .replace("@DIR@", directory.toString())
                    .replace("@ROOT@", shared.toString())
                    .replaceAll("@(APP|FASTCGI|UWSGI|SCGI)[23]?@", app.address())
                    .replace("@DEAD@", "127.0.0.1:9")
                    .replace("@CERT@", certificate.file().toString())
                    .replace("@KEY@", certificate.key().toString());
            lint(directory, text)
                    .findings()
                    .forEach(
                            f -> out.append(each.group()).append(": " + f.rule().id() + " " + f.at().line() + "\n"));
        }
        return out.toString();
    }

    @Test
    void thousandsOfFindingsAreCountedAndNotListed() throws Exception {
        StringBuilder text = new StringBuilder("events {}\nhttp {\nserver {\n");
        for (int i = 0; i < 5000; i++) {
            text.append("location /" + i + " { alias /srv/; }\n");
        }
        Lint lint = lint(directory, text.append("}\n}\n").toString());
        assertEquals(100, lint.findings().size());
        assertEquals(4900, lint.more());
        assertTrue(LintText.of(lint).contains("and 4900 more of the same"));
    }

    @Test
    void includedFilesAreLookedAtAndMendedWhereTheyAre() throws Exception {
        Files.createDirectories(directory.resolve("sites"));
        Path site = Files.writeString(
                directory.resolve("sites/a.conf"), "# a comment: é\nserver {\n    location /é { alias /srv/é/; }\n}\n");
        String main = "events {}\nhttp {\n    include sites/*.conf;\n}\n";
        Lint lint = lint(directory, main);
        assertEquals(
                List.of("alias-traversal"),
                lint.findings().stream().map(f -> f.rule().id()).toList());
        var json = LintJson.of(lint).get("findings").get(0);
        assertEquals(site.toString(), json.get("file").asText());
        assertEquals(3, json.get("line").asInt());
        assertEquals(5, json.get("column").asInt());
        var edit = json.get("fix").get("edits").get(0);
        String text = Files.readString(site);
        String mended = text.substring(0, edit.get("from").asInt())
                + edit.get("insert").asText()
                + text.substring(edit.get("to").asInt());
        assertEquals(text.replace("/é {", "/é/ {"), mended);
        Files.writeString(site, mended);
        assertEquals(List.of(), lint(directory, main).findings());
    }

    @Test
    void aFileThatDoesNotLoadIsAMistakeInNginxsWords() throws IOException {
        Path file = Files.writeString(directory.resolve("nginx.conf"), "events {}\nhttp { foo; }\n");
        ConfException mistake = org.junit.jupiter.api.Assertions.assertThrows(
                ConfException.class, () -> loader(directory, file).inspect());
        assertEquals("unknown directive \"foo\" in " + file + ":2", mistake.getMessage());
    }

    @Test
    void nothingIsTouchedAndNoNameIsLookedUp() throws Exception {
        lint(
                directory,
                "error_log made.log; pid made.pid; events {} http { access_log made-too.log; proxy_cache_path made"
                        + " keys_zone=c:1m; server { location / { proxy_pass http://no-such-host.invalid; } } }");
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(
                    List.of("lint.conf"),
                    files.map(f -> f.getFileName().toString()).toList());
        }
    }

    @Test
    void theTextSaysWhereWhatWhyAndHow() throws Exception {
        Lint lint = lint(
                directory,
                "events {}\nhttp {\n    server_tokens on;\n    server { location / { return 200 a; } }\n}\n");
        String text = LintText.of(lint);
        assertTrue(text.startsWith(directory.resolve("lint.conf") + ":3:5: hint: every response"), text);
        assertTrue(text.contains("[version-shown]"), text);
        assertTrue(text.contains("3: on  ->  off"), text);
        assertTrue(text.contains("curl -si --path-as-is 'http://localhost/hopyard-lint'"), text);
        assertTrue(text.endsWith("0 errors, 0 warnings, 1 hint\n"), text);
        assertFalse(lint.isSerious());
    }
}
