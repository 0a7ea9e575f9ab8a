package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.pcre.PatternError;
import hopyard.proxy.server.Regex;

/** The expression of an {@code if}: a text, or two that are compared, or one that is matched. */
final class SsiCondition {

    private SsiCondition() {}

    /**
     * Whether a condition holds.
     *
     * @throws SsiException if it is malformed
     */
    static boolean holds(Exchange exchange, Variables variables, String expression) throws SsiException {
        int at = 0;
        StringBuilder first = new StringBuilder();
        while (at < expression.length() && isFirstChar(expression.charAt(at))) {
            char c = expression.charAt(at++);
            // nginx changes the case here
            first.append(c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c);
        }
        at = behindBlanks(expression, at);
        String left = SsiText.value(exchange, variables, first.toString());
        if (at == expression.length()) {
            return !left.isEmpty();
        }
        boolean isNegative = expression.startsWith("!=", at);
        if (!isNegative && expression.charAt(at) != '=') {
            throw invalid(exchange, expression);
        }
        String rest = expression.substring(behindBlanks(expression, at + (isNegative ? 2 : 1)));
        if (rest.length() > 1 && rest.startsWith("/")) {
            if (!rest.endsWith("/")) {
                throw invalid(exchange, expression);
            }
            String regex = SsiText.value(exchange, variables, rest.substring(1, rest.length() - 1));
            return matches(exchange, regex, left) != isNegative;
        }
        // an escaped slash begins no expression
        String second = rest.length() > 2 && rest.startsWith("\\/") ? rest.substring(1) : rest;
        return left.equals(SsiText.value(exchange, variables, second)) != isNegative;
    }

    private static boolean isFirstChar(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "${}_\"'".indexOf(c) >= 0;
    }

    private static int behindBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    private static SsiException invalid(Exchange exchange, String expression) {
        return SsiException.logged(exchange, "invalid expression in \"" + expression + "\"");
    }

    private static boolean matches(Exchange exchange, String regex, String text) throws SsiException {
        try {
            Regex.Match match = Regex.match(regex, text);
            if (match == null) {
                return false;
            }
            SsiValues.of(exchange).capture(match);
            return true;
        } catch (PatternError e) {
            throw SsiException.logged(exchange, Regex.mistake(e, regex));
        } catch (Regex.LimitReached e) {
            exchange.log(ErrorLog.Level.ALERT, e.getMessage());
            throw new SsiException();
        }
    }
}
