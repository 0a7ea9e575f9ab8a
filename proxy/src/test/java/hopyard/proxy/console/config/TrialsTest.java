package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration of the console's goes by itself unless it is kept; who has a lock is not disturbed. */
class TrialsTest {

    @TempDir
    private Path directory;

    private ConsoleUnderTest console;
    private String file;

    @BeforeEach
    void start() throws IOException {
        console = ConsoleUnderTest.start(directory);
        file = config().at("/files/0/text").asText();
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
    }

    private JsonNode config() throws IOException {
        return console.json("/_hops/config");
    }

    private String own() throws IOException {
        return console.get("/own").body();
    }

    private String saying(String own) {
        return file.replace("return 200 own", "return 200 " + own);
    }

    private ConsoleUnderTest.Answer apply(String own, Object... more) throws IOException {
        Map<String, Object> body = new HashMap<>(Map.of("text", saying(own)));
        for (int i = 0; i < more.length; i += 2) {
            body.put(more[i].toString(), more[i + 1]);
        }
        return console.post("/_hops/config", body);
    }

    private ConsoleUnderTest.Answer post(String what, Map<String, Object> body) throws IOException {
        return console.post("/_hops/config/" + what, body);
    }

    private ConsoleUnderTest.Answer keep() throws IOException {
        return post("keep", Map.of());
    }

    private static void assertRefused(int status, String says, ConsoleUnderTest.Answer answer) {
        assertEquals(status, answer.status(), answer.body());
        assertTrue(answer.json().get("error").asText().contains(says), answer.body());
    }

    @Test
    void halfAMinuteIsTheTimeToKeepIt() throws IOException {
        JsonNode applied = apply("tried").json();
        int left = applied.get("revertsInMs").asInt();
        assertTrue(left > 25_000 && left <= 30_000, applied.toString());
        assertEquals("file", applied.get("revertsTo").asText());
        assertEquals("tried", own());
    }

    @Test
    void whatIsKeptStays() throws IOException {
        apply("kept", "seconds", 1);
        JsonNode kept = keep().json();
        assertFalse(kept.has("revertsInMs"), kept.toString());
        assertTrue(kept.at("/kept/edited").asBoolean());
        apply("tried", "seconds", 1);
        assertEquals("tried", own());
        assertEquals("kept", config().get("revertsTo").asText());
        Wait.until("what was kept", () -> own().equals("kept"));
        assertTrue(config().get("edited").asBoolean());
        assertRefused(409, "nothing to keep", keep());
    }

    @Test
    void aSecondTrialGoesBackToWhatWasKeptAndNotToTheFirst() throws IOException {
        apply("first");
        apply("second", "seconds", 1);
        Wait.until("the file's", () -> own().equals("own"));
        assertFalse(config().get("edited").asBoolean());
    }

    @Test
    void goingBackCanBeHadAtOnce() throws IOException {
        apply("kept");
        keep();
        apply("tried");
        assertEquals(200, post("revert", Map.of()).status());
        assertEquals("kept", own());
        assertFalse(console.delete("/_hops/config").json().get("edited").asBoolean());
        assertEquals("own", own());
    }

    @Test
    void aMistakeEndsNoTrial() throws IOException {
        apply("tried", "seconds", 2);
        assertEquals(
                422,
                console.post("/_hops/config", Map.of("text", file.replace("return", "retrun"), "seconds", 300))
                        .status());
        assertTrue(config().get("revertsInMs").asInt() <= 2000);
        Wait.until("the file's", () -> own().equals("own"));
    }

    @Test
    void aReloadEndsTheTrialAndTheLock() throws Exception {
        apply("tried", "seconds", 1);
        String http = Files.readString(directory.resolve("nginx.conf")).replaceFirst("(?s)^.*access.log; ", "");
        http = http.substring(0, http.length() - 2);
        console.proxy.reload(http.replace("return 200 own", "return 200 reloaded"));
        JsonNode reloaded = config();
        assertFalse(reloaded.has("revertsInMs") || reloaded.get("edited").asBoolean(), reloaded.toString());
        assertEquals("a reload", reloaded.at("/changed/by").asText());
        String token = lock("me", 30).get("token").asText();
        apply("locked", "token", token);
        console.proxy.reload(http.replace("return 200 own", "return 200 again"));
        assertRefused(409, "this lock has ended, or a reload has ended it", apply("locked", "token", token));
        assertEquals("again", own());
        assertEquals(200, apply("tried").status());
    }

    @Test
    void whoeverWatchesHearsOfIt() throws IOException {
        try (RawClient watcher = new RawClient(console.proxy.port())) {
            watcher.send("GET /_hops/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            JsonNode first = event(watcher);
            assertFalse(first.has("revertsInMs"), first.toString());
            JsonNode applied = apply("tried", "seconds", 1, "name", "tab 1").json();
            JsonNode tried = event(watcher);
            assertEquals(applied.get("version"), tried.get("version"));
            assertEquals("tab 1 (127.0.0.1)", tried.at("/changed/by").asText());
            assertTrue(tried.get("revertsInMs").asInt() > 0);
            JsonNode back = event(watcher);
            assertFalse(back.has("revertsInMs") || back.get("edited").asBoolean(), back.toString());
            assertNotEquals(first.get("version"), back.get("version"));
            lock("me", 30);
            assertEquals("me", event(watcher).at("/lock/name").asText());
        }
    }

    private static JsonNode event(RawClient watcher) throws IOException {
        watcher.readThrough("event: config\ndata: ");
        return Json.MAPPER.readTree(watcher.readThrough("\n\n"));
    }

    @Test
    void whoBeganToAskBeforeItsTimeCannotKeepIt() throws IOException {
        try (RawClient keeper = new RawClient(console.proxy.port());
                RawClient changer = new RawClient(console.proxy.port())) {
            String head =
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
            keeper.send("POST /_hops/config/keep" + head).readThrough("100 Continue\r\n\r\n");
            changer.send("DELETE /_hops/config" + head).readThrough("100 Continue\r\n\r\n");
            // lets nobody in
            String text = file.replace("hop_console edit;", "hop_console edit; deny all;");
            assertEquals(
                    200,
                    console.post("/_hops/config", Map.of("text", text, "seconds", 2))
                            .status());
            String kept = keeper.send("{}").readAll();
            assertTrue(kept.startsWith("HTTP/1.1 409 "), kept);
            String changed = changer.send("{}").readAll();
            assertTrue(changed.startsWith("HTTP/1.1 409 "), changed);
            assertEquals(403, console.get("/_hops/config").status());
        }
        Wait.until("the file's", () -> console.get("/_hops/config").status() == 200);
    }

    @Test
    void aVersionThatIsNoMoreIsNotBuiltUpon() throws IOException {
        String version = config().get("version").asText();
        assertEquals(200, ifMatch("\"" + version + "\"", "name", "tab 1").status());
        ConsoleUnderTest.Answer late = ifMatch("\"" + version + "\"", "name", "tab 2");
        assertRefused(412, "the configuration has changed since: by tab 1 (127.0.0.1), ", late);
        assertEquals("tab 1 (127.0.0.1)", late.json().at("/changed/by").asText());
        assertEquals(
                200,
                ifMatch("\"" + late.json().get("version").asText() + "\"", "name", "tab 2")
                        .status());
        assertEquals(200, ifMatch("*", "name", "tab 3").status());
        assertRefused(412, "changed since", ifMatch("\"another-1\"", "name", "tab 4"));
    }

    private ConsoleUnderTest.Answer ifMatch(String version, String key, String value) throws IOException {
        return console.send(console.request("/_hops/config")
                .header("Accept", "application/json")
                .header("If-Match", version)
                .put(RequestBody.create(
                        Json.MAPPER.writeValueAsBytes(Map.of("text", saying("x"), key, value)),
                        MediaType.get("application/json"))));
    }

    @Test
    void plainTextIsTakenAsItIs() throws IOException {
        ConsoleUnderTest.Answer answer = console.send(console.request("/_hops/config?seconds=9&name=curl")
                .header("Accept", "application/json")
                .put(RequestBody.create(saying("plain"), MediaType.get("text/plain"))));
        assertEquals("curl (127.0.0.1)", answer.json().at("/changed/by").asText());
        assertEquals("plain", own());
    }

    // ---- locks

    private JsonNode lock(String name, int seconds) throws IOException {
        ConsoleUnderTest.Answer answer = post("lock", Map.of("name", name, "seconds", seconds));
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    private ConsoleUnderTest.Answer unlock(String token) throws IOException {
        return console.delete("/_hops/config/lock?token=" + token);
    }

    @Test
    void onlyTheHolderOfTheLockMayChangeAnything() throws IOException {
        String token = lock("experiment 10", 30).get("token").asText();
        assertEquals(200, apply("mine", "token", token).status());
        for (ConsoleUnderTest.Answer answer : new ConsoleUnderTest.Answer[] {
            apply("yours"),
            apply("yours", "token", "guessed"),
            keep(),
            post("revert", Map.of()),
            post("lock", Map.of("name", "experiment 11")),
            console.delete("/_hops/config"),
            unlock("guessed")
        }) {
            assertRefused(409, "\"experiment 10\" has the configuration for ", answer);
            assertEquals("experiment 10", answer.json().get("holder").asText());
            assertTrue(answer.json().get("leftMs").asInt() > 25_000);
        }
        assertFalse(config().toString().contains(token), "the token is the holder's");
        assertEquals("mine", own());
        assertEquals(200, apply("mine-again", "token", token).status());
    }

    @Test
    void theEndOfTheLockPutsBackWhatRanBefore() throws IOException {
        apply("kept");
        keep();
        String token = lock("me", 30).get("token").asText();
        apply("one", "token", token);
        apply("two", "token", token, "seconds", 1);
        assertEquals("two", own());
        JsonNode after = unlock(token).json();
        assertEquals("kept", own());
        assertFalse(after.has("lock") || after.has("revertsInMs"), after.toString());
        assertRefused(409, "this lock has ended", apply("late", "token", token));
        assertEquals(200, apply("free").status());
    }

    @Test
    void aLockEndsInTimeAndMayBeMadeLonger() throws IOException {
        String token = lock("me", 1).get("token").asText();
        assertTrue(post("lock", Map.of("token", token, "seconds", 2))
                        .json()
                        .at("/lock/leftMs")
                        .asInt()
                > 1000);
        apply("mine", "token", token);
        assertEquals("mine", own());
        Wait.until("the end", () -> own().equals("own"));
        assertFalse(config().has("lock"));
    }

    @Test
    void nobodyLocksWhileSomethingWaitsToBeKept() throws IOException {
        apply("tried", "name", "tab 1");
        assertRefused(
                409,
                "the configuration of tab 1 (127.0.0.1) waits to be kept",
                post("lock", Map.of("name", "experiment")));
        assertRefused(400, "say who you are", post("lock", Map.of()));
    }

    // ---- differences

    @Test
    void differencesAreToldInTextAndJson() throws IOException {
        apply("kept");
        keep();
        apply("tried");
        JsonNode diff = console.json("/_hops/config/diff");
        assertEquals("kept", diff.get("from").asText());
        assertEquals("running", diff.get("to").asText());
        assertEquals(1, diff.get("added").asInt());
        String unified = console.text("/_hops/config/diff?from=file&to=running").body();
        assertTrue(unified.startsWith("--- file\n+++ running\n@@ -"), unified);
        assertTrue(unified.contains("\n-location = /own { return 200 own; }\n"), unified);
        assertTrue(unified.contains("\n+location = /own { return 200 tried; }\n"), unified);
        JsonNode posted = post("diff", Map.of("text", saying("written"))).json();
        assertTrue(posted.at("/hunks/0/lines").toString().contains("\"+location = /own { return 200 written; }\""));
        assertEquals(
                "text and file are the same\n",
                console.send(console.request("/_hops/config/diff?from=text&to=file")
                                .header("User-Agent", "curl/8")
                                .post(RequestBody.create(file, MediaType.get("text/plain"))))
                        .body());
        assertRefused(400, "from and to must be", console.get("/_hops/config/diff?from=nonsense"));
        assertRefused(400, "POST config/diff with", console.get("/_hops/config/diff?from=text"));
    }
}
