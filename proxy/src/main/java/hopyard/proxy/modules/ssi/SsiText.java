package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.exchange.Variables;
import java.util.Locale;

/** A text with variables in a command. Backslashes escape quotes, dollar signs and themselves. */
final class SsiText {

    private final Exchange exchange;
    private final Variables variables;
    private final String text;
    private final StringBuilder out = new StringBuilder();
    private int at;

    private SsiText(Exchange exchange, Variables variables, String text) {
        this.exchange = exchange;
        this.variables = variables;
        this.text = text;
    }

    /**
     * Returns the value of a text.
     *
     * @throws SsiException if a variable is malformed
     */
    static String value(Exchange exchange, Variables variables, String text) throws SsiException {
        return new SsiText(exchange, variables, text).value();
    }

    /** Returns the value of a variable of SSI's, or else of the configuration; {@code null} if it has none. */
    static String variable(Exchange exchange, Variables variables, String name) {
        String own = SsiValues.of(exchange).get(name);
        if (own != null) {
            return own;
        }
        Variable variable = variables.byName(name.toLowerCase(Locale.ROOT));
        return variable == null ? null : variable.get(exchange);
    }

    private String value() throws SsiException {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '$') {
                String value = variable(exchange, variables, name());
                out.append(value == null ? "" : value);
            } else if (c != '\\') {
                out.append(c);
            } else if (at < text.length()) {
                char escaped = text.charAt(at++);
                out.append("\\'\"$".indexOf(escaped) < 0 ? "\\" : "").append(escaped);
            }
        }
        return out.toString();
    }

    private String name() throws SsiException {
        boolean isBraced = at < text.length() && text.charAt(at) == '{';
        int start = isBraced ? ++at : at;
        while (at < text.length() && isNameChar(text.charAt(at))) {
            at++;
        }
        String name = text.substring(start, at);
        if (isBraced && start < text.length()) {
            if (at == text.length() || text.charAt(at) != '}') {
                throw SsiException.logged(exchange, "the closing bracket in \"" + name + "\" variable is missing");
            }
            at++;
        }
        if (name.isEmpty()) {
            throw SsiException.logged(exchange, "invalid variable name in \"" + text + "\"");
        }
        return name;
    }

    private static boolean isNameChar(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_';
    }
}
