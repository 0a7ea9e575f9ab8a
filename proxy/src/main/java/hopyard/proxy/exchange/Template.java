package hopyard.proxy.exchange;

import hopyard.http.HeadGate;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.io.Escape;
import java.util.ArrayList;
import java.util.List;

/**
 * A text with variables in it, parsed once when the configuration is loaded (nginx's "complex value").
 */
public final class Template {

    /** The longest value, in characters: variables that contain each other several times would grow exponentially. */
    private static final int MAX_LENGTH = 4 << 20;

    /** A capture of a regular expression: {@code $1}. */
    private record Capture(Variable variable) implements Variable {
        @Override
        public String get(Exchange exchange) {
            return variable.get(exchange);
        }
    }

    private final String text;
    /** The parts: literals as Strings, and Variables; {@code null} if the text has no variable. */
    private final Object[] parts;

    private Template(String text, Object[] parts) {
        this.text = text;
        this.parts = parts;
    }

    /** Returns a template without variables. */
    public static Template constant(String text) {
        return new Template(text, null);
    }

    /** Returns the same template for the value of a field: line ends in the literals are replaced by blanks. */
    public Template onOneLine() {
        Object[] cleaned = parts == null ? null : parts.clone();
        for (int i = 0; cleaned != null && i < cleaned.length; i++) {
            cleaned[i] = cleaned[i] instanceof String literal ? HeadGate.onOneLine(literal) : cleaned[i];
        }
        return new Template(HeadGate.onOneLine(text), cleaned);
    }

    /**
     * Compiles {@code text}, in which {@code $name} and {@code ${name}} are variables.
     *
     * @throws ConfException if a variable's name is malformed
     */
    public static Template compile(String text, Variables variables, Directive directive) throws ConfException {
        if (text.indexOf('$') < 0) {
            return constant(text);
        }
        List<Object> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int dollar = text.indexOf('$', at);
            if (dollar < 0) {
                parts.add(text.substring(at));
                break;
            }
            if (dollar > at) {
                parts.add(text.substring(at, dollar));
            }
            at = dollar + 1;
            boolean braced = at < text.length() && text.charAt(at) == '{';
            int start = braced ? ++at : at;
            if (!braced && at < text.length() && text.charAt(at) >= '1' && text.charAt(at) <= '9') {
                at++;
            } else {
                while (at < text.length() && isNameChar(text.charAt(at))) {
                    at++;
                }
            }
            String name = text.substring(start, at);
            if (braced) {
                if (at == text.length() || text.charAt(at) != '}') {
                    throw directive.error("the closing bracket in \"" + name + "\" variable is missing");
                }
                at++;
            }
            if (name.isEmpty()) {
                throw directive.error("invalid variable name");
            }
            Variable variable = variables.use(name);
            parts.add(name.length() == 1 && Character.isDigit(name.charAt(0)) ? new Capture(variable) : variable);
        }
        return new Template(text, parts.toArray());
    }

    private static boolean isNameChar(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
    }

    public boolean isConstant() {
        return parts == null;
    }

    /** Returns the text as it stands in the file. */
    public String text() {
        return text;
    }

    /** Returns the value for a request. A variable without a value counts as empty. */
    public String eval(Exchange exchange) {
        if (parts == null) {
            return text;
        }
        if (parts.length == 1) {
            String value = ((Variable) parts[0]).get(exchange);
            return value == null ? "" : value;
        }
        StringBuilder out = new StringBuilder(64);
        appendTo(out, exchange, "");
        return out.toString();
    }

    /** Appends the value. {@code missing} stands for a variable without a value. */
    public void appendTo(StringBuilder out, Exchange exchange, String missing) {
        if (parts == null) {
            out.append(text);
            return;
        }
        for (Object part : parts) {
            if (part instanceof String literal) {
                out.append(literal);
            } else {
                String value = ((Variable) part).get(exchange);
                if (value != null && value.length() > MAX_LENGTH - out.length()) {
                    throw new IllegalStateException("a value of more than " + MAX_LENGTH + " bytes");
                }
                out.append(value == null ? missing : value);
            }
        }
    }

    /** Returns the value, in which captures are encoded for a query. */
    public String evalEscaped(Exchange exchange) {
        if (parts == null) {
            return text;
        }
        StringBuilder out = new StringBuilder(64);
        for (Object part : parts) {
            String value = part instanceof Variable variable ? variable.get(exchange) : (String) part;
            if (value != null) {
                out.append(part instanceof Capture ? Escape.ARGS.apply(value) : value);
            }
        }
        return out.toString();
    }

    /** Returns the parts in order: a String is literal text, and a {@link Variable} is to be evaluated. */
    public List<Object> parts() {
        return parts == null ? List.of(text) : List.of(parts);
    }

    @Override
    public String toString() {
        return text;
    }

    /** Reads a setting whose value is a text with variables. */
    public static final class Reader implements ValueReader<Template> {
        @Override
        public Template read(Scope scope, Directive d, Template former) throws ConfException {
            return Build.of(scope).template(d.arg(0), d);
        }
    }
}
