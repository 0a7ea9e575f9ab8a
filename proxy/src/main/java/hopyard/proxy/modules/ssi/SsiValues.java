package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.Inclusions;
import hopyard.proxy.server.Regex;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What commands have set in a response and in all that it includes: variables, captures, blocks. */
final class SsiValues {

    private static final ExchangeKey<SsiValues> KEY = new ExchangeKey<>();

    private final Map<String, String> variables = new HashMap<>();
    private final Map<String, ByteArrayOutputStream> blocks = new HashMap<>();
    private List<String> captures = List.of();

    private SsiValues() {}

    /** Returns those of an exchange, which it shares with the exchange that it is included in. */
    static SsiValues of(Exchange exchange) {
        Exchange root = Inclusions.root(exchange);
        SsiValues its = root.get(KEY);
        if (its == null) {
            its = new SsiValues();
            root.put(KEY, its);
        }
        return its;
    }

    void set(String name, String value) {
        variables.put(name.toLowerCase(Locale.ROOT), value);
    }

    /** Keeps what a regular expression has matched. */
    void capture(Regex.Match match) {
        captures = match.groups();
        match.named().forEach(this::set);
    }

    /** Returns the value of a capture or a variable; {@code null} if nobody has set it. */
    String get(String name) {
        int group = name.length() == 1 ? Character.digit(name.charAt(0), 10) : -1;
        if (group >= 0 && group < captures.size()) {
            return captures.get(group);
        }
        return variables.get(name.toLowerCase(Locale.ROOT));
    }

    /** Begins a block. Of several with the same name, the first counts. */
    ByteArrayOutputStream beginBlock(String name) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        blocks.putIfAbsent(name, block);
        return block;
    }

    /** Returns the text of a block; {@code null} if there is none of that name. */
    byte[] block(String name) {
        ByteArrayOutputStream block = blocks.get(name);
        return block == null ? null : block.toByteArray();
    }
}
