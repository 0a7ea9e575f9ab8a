package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/**
 * What a location does to the cookies that an upstream sets: {@code proxy_cookie_domain}, {@code proxy_cookie_path} and
 * {@code proxy_cookie_flags}.
 */
public record CookieRules(List<Rewrite> domains, List<Rewrite> paths, List<Flags> flags) {

    /** A rule for an attribute's value. */
    @FunctionalInterface
    public interface Rewrite {
        /** Returns the value that replaces it, or {@code null} if the rule does not match. */
        String apply(Exchange exchange, String value);
    }

    /**
     * Flags for cookies of some names.
     *
     * @param matches whether the flags are for a cookie of that name
     * @param changes the flags, as in {@code secure}, {@code nosecure} and {@code samesite=lax}
     */
    public record Flags(BiPredicate<Exchange, String> matches, List<Template> changes) {}

    private static final Pattern KNOWN_FLAG =
            Pattern.compile("secure|httponly|no(secure|httponly|samesite)|samesite=(strict|lax|none)");

    private static final class Attribute {
        private final String name;
        private String value;

        Attribute(String name, String value) {
            this.name = name;
            this.value = value;
        }

        @Override
        public String toString() {
            return value == null ? name : name + "=" + value;
        }
    }

    /** Returns a Set-Cookie value as the client gets it. A value that no rule changes stays as it is, byte for byte. */
    String apply(Exchange exchange, String cookie) {
        if (domains.isEmpty() && paths.isEmpty() && flags.isEmpty()) {
            return cookie;
        }
        List<Attribute> attributes = parse(cookie);
        boolean changed = false;
        for (Attribute each : attributes.subList(1, attributes.size())) {
            if (each.value != null && each.name.equalsIgnoreCase("domain")) {
                changed |= rewrite(exchange, each, domains);
            } else if (each.value != null && each.name.equalsIgnoreCase("path")) {
                changed |= rewrite(exchange, each, paths);
            }
        }
        for (Flags rule : flags) {
            if (rule.matches.test(exchange, attributes.get(0).name)) {
                for (Template change : rule.changes) {
                    // a variable may give any text; nginx ignores a flag that it does not know
                    String flag = change.eval(exchange).toLowerCase(Locale.ROOT);
                    if (KNOWN_FLAG.matcher(flag).matches()) {
                        change(attributes, flag);
                        changed = true;
                    }
                }
                break;
            }
        }
        return changed
                ? String.join("; ", attributes.stream().map(Attribute::toString).toList())
                : cookie;
    }

    private static List<Attribute> parse(String cookie) {
        List<Attribute> out = new ArrayList<>();
        for (String part : cookie.split(";", -1)) {
            String text = part.strip();
            int equals = text.indexOf('=');
            if (!text.isEmpty() || out.isEmpty()) {
                out.add(
                        equals < 0
                                ? new Attribute(text, null)
                                : new Attribute(
                                        text.substring(0, equals).stripTrailing(),
                                        text.substring(equals + 1).stripLeading()));
            }
        }
        return out;
    }

    private static boolean rewrite(Exchange exchange, Attribute attribute, List<Rewrite> rules) {
        for (Rewrite rule : rules) {
            String value = rule.apply(exchange, attribute.value);
            if (value != null) {
                attribute.value = value;
                return true;
            }
        }
        return false;
    }

    private static void change(List<Attribute> attributes, String change) {
        switch (change) {
            case "secure" -> add(attributes, "Secure");
            case "httponly" -> add(attributes, "HttpOnly");
            case "nosecure", "nohttponly", "nosamesite" -> remove(attributes, change.substring(2));
            default -> {
                // samesite=strict and the like
                String value = change.substring(change.indexOf('=') + 1);
                String proper = value.substring(0, 1).toUpperCase(Locale.ROOT) + value.substring(1);
                for (Attribute each : attributes.subList(1, attributes.size())) {
                    if (each.name.equalsIgnoreCase("samesite")) {
                        each.value = proper;
                        return;
                    }
                }
                attributes.add(new Attribute("SameSite", proper));
            }
        }
    }

    private static void add(List<Attribute> attributes, String name) {
        for (Attribute each : attributes.subList(1, attributes.size())) {
            if (each.name.equalsIgnoreCase(name)) {
                return;
            }
        }
        attributes.add(new Attribute(name, null));
    }

    private static void remove(List<Attribute> attributes, String name) {
        attributes.subList(1, attributes.size()).removeIf(each -> each.name.equalsIgnoreCase(name));
    }
}
