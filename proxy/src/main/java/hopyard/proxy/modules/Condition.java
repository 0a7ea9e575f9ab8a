package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Symlinks;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Regex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The condition in the parentheses of an {@code if}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#if">if</a>
 */
final class Condition {

    private Condition() {}

    static Predicate<Exchange> parse(Build build, Directive d) throws ConfException {
        List<String> words = words(d);
        String first = words.get(0);
        if (first.startsWith("$") && first.length() > 1) {
            Template variable = build.template(first, d);
            if (words.size() == 1) {
                return exchange -> {
                    String value = looked(exchange, variable.eval(exchange));
                    return !value.isEmpty() && !value.equals("0");
                };
            }
            return words.size() == 3 ? comparison(build, d, variable, words) : invalid(d, first);
        }
        if (first.matches("!?-[fdex]")) {
            return words.size() == 2 ? fileTest(build, d, words) : invalid(d, first);
        }
        return invalid(d, first);
    }

    /** Returns the words without the parentheses, which may stand alone or be part of a word. */
    private static List<String> words(Directive d) throws ConfException {
        List<String> words = new ArrayList<>(d.args());
        String first = words.get(0);
        if (!first.startsWith("(")) {
            return invalid(d, first);
        }
        words.set(0, first.substring(1));
        int last = words.size() - 1;
        String end = words.get(last);
        if (!end.endsWith(")")) {
            return invalid(d, end);
        }
        words.set(last, end.substring(0, end.length() - 1));
        // an empty word in between is an operand: if ($x = "")
        if (end.equals(")")) {
            words.remove(last);
        }
        if (first.equals("(")) {
            words.remove(0);
        }
        if (words.isEmpty()) {
            return invalid(d, first);
        }
        return words;
    }

    private static <T> T invalid(Directive d, String word) throws ConfException {
        throw d.error("invalid condition \"" + word + "\"");
    }

    private static Predicate<Exchange> comparison(Build build, Directive d, Template variable, List<String> words)
            throws ConfException {
        String operator = words.get(1);
        String operand = words.get(2);
        switch (operator) {
            case "=", "!=" -> {
                Template value = build.template(operand, d);
                boolean wanted = operator.equals("=");
                return exchange -> looked(exchange, variable.eval(exchange)).equals(value.eval(exchange)) == wanted;
            }
            case "~", "~*", "!~", "!~*" -> {
                Regex regex = Regex.compile(build.variables(), d, operand, operator.endsWith("*"));
                boolean wanted = !operator.startsWith("!");
                return exchange -> {
                    boolean matches = regex.find(exchange, looked(exchange, variable.eval(exchange)));
                    if (!matches) {
                        exchange.variables().forgetCaptures();
                    }
                    return matches == wanted;
                };
            }
            default -> throw d.error("unexpected \"" + operator + "\" in condition");
        }
    }

    private static Predicate<Exchange> fileTest(Build build, Directive d, List<String> words) throws ConfException {
        String test = words.get(0);
        boolean wanted = !test.startsWith("!");
        Template name = build.template(words.get(1), d);
        Predicate<Path> holds = switch (test.charAt(test.length() - 1)) {
            case 'f' -> Files::isRegularFile;
            case 'd' -> Files::isDirectory;
            case 'x' -> Files::isExecutable;
            default -> Files::exists;
        };
        return exchange -> {
            String text = looked(exchange, name.eval(exchange));
            Path path = Path.of(Paths.fromBytes(text));
            // a Path does not tell whether the name ends with a slash, and only a directory's may
            boolean is = (!text.endsWith("/") || Files.isDirectory(path))
                    && holds.test(path)
                    && Symlinks.allow(exchange, path, ErrorLog.Level.ERROR);
            return is == wanted;
        };
    }

    /** Tells the trail, if there is one, which value the condition looks at. */
    private static String looked(Exchange exchange, String at) {
        if (exchange.trail() != null) {
            exchange.trail().looksAt(at);
        }
        return at;
    }
}
