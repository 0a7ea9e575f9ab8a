package hopyard.truth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** One line of the table of outcomes: what is configured, what both ends do, and what is then true. */
public final class TruthRow {

    /** What both ends have measured. */
    public record Truth(TruthApp.Told app, TruthApp.Told other, TruthClient client) {}

    public final String name;
    public String conf = "proxy_pass http://APP;";
    TruthApp.Script app = served -> served.ok("hello");
    TruthApp.Script other = served -> served.ok("other");
    TruthClient.Script client = client -> {
        client.get();
        client.readAll();
    };
    public int status = 200;
    public String outcome = "ok";
    public String who = "app";
    public String why;
    public String text = "";
    public String log;
    public String firstTry;
    public int tries = -1;
    /** What else is asked before, to bring about a state. */
    public int before;

    /** Whether the client knows how long it took. */
    public boolean hasTotal = true;

    private final Map<String, ToDoubleFunction<Truth>> spent = new LinkedHashMap<>();

    TruthRow(String name) {
        this.name = name;
    }

    /** The path that it is asked under when it is tried for that time, and the name of its location. */
    public String path(int attempt) {
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

    /** The phases that took some time. */
    public Set<String> phases() {
        return spent.keySet();
    }

    /** A phase that took as long as the ends have measured; all others took next to nothing. */
    TruthRow took(String phase, ToDoubleFunction<Truth> millis) {
        spent.put(phase, millis);
        return this;
    }

    /** How long a phase took as the ends have measured, in ms. */
    public double right(String phase, Truth truth) {
        ToDoubleFunction<Truth> measured = spent.get(phase);
        return measured == null ? 0 : measured.applyAsDouble(truth);
    }

    /**
     * How far what is said may be from that, in ms: a tenth, and what scheduling adds on a busy machine, more where
     * megabytes are moved.
     */
    public double allowed(double right) {
        return right / 10 + (isLarge() ? 300 : 25);
    }

    boolean isLarge() {
        return name.startsWith("large");
    }

    @Override
    public String toString() {
        return name;
    }
}
