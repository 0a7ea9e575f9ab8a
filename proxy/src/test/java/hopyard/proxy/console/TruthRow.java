package hopyard.proxy.console;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** One line of the table of outcomes: what is configured, what both ends do, and what is then true. */
final class TruthRow {

    /** What both ends have measured. */
    record Truth(TruthApp.Told app, TruthApp.Told other, TruthClient client) {}

    final String name;
    String conf = "proxy_pass http://APP;";
    TruthApp.Script app = served -> served.ok("hello");
    TruthApp.Script other = served -> served.ok("other");
    TruthClient.Script client = client -> {
        client.get();
        client.readAll();
    };
    int status = 200;
    String outcome = "ok";
    String who = "app";
    String why;
    String text = "";
    String log;
    String firstTry;
    int tries = -1;
    /** What else is asked before, to bring about a state. */
    int before;

    /** Whether the client knows how long it took. */
    boolean hasTotal = true;

    final Map<String, ToDoubleFunction<Truth>> spent = new LinkedHashMap<>();

    TruthRow(String name) {
        this.name = name;
    }

    /** The path that it is asked under when it is tried for that time, and the name of its location. */
    String path(int attempt) {
        return "/" + name.replaceAll("[^a-z0-9]+", "-") + "/" + attempt;
    }

    TruthRow conf(String lines) {
        conf = lines;
        return this;
    }

    TruthRow app(TruthApp.Script script) {
        app = script;
        return this;
    }

    /** What the second app does. */
    TruthRow other(TruthApp.Script script) {
        other = script;
        return this;
    }

    /** The client cannot tell when it was over. */
    TruthRow withoutTotal() {
        hasTotal = false;
        return this;
    }

    TruthRow client(TruthClient.Script script) {
        client = script;
        return this;
    }

    /** The client asks as often before, and that does not count. */
    TruthRow before(int times) {
        before = times;
        return this;
    }

    TruthRow is(int code, String how, String whose, String reason) {
        status = code;
        outcome = how;
        who = whose;
        why = reason;
        return this;
    }

    /** What the words about it hold. */
    TruthRow says(String part) {
        text = part;
        return this;
    }

    /** What a line of the error log holds. */
    TruthRow logs(String part) {
        log = part;
        return this;
    }

    /** How many attempts there were. */
    TruthRow tries(int count) {
        tries = count;
        return this;
    }

    /** What was wrong with the first attempt. */
    TruthRow firstTry(String code) {
        firstTry = code;
        return this;
    }

    /** A phase that took as long as the ends have measured; all others took next to nothing. */
    TruthRow took(String phase, ToDoubleFunction<Truth> millis) {
        spent.put(phase, millis);
        return this;
    }

    boolean isLarge() {
        return name.startsWith("large");
    }

    @Override
    public String toString() {
        return name;
    }
}
