package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Values by host name, as nginx's hash of names with wildcards: {@code a.example}, {@code *.example}, {@code .example},
 * {@code www.example.*}. A whole name goes before the longest that begins with an asterisk, and this before the longest
 * that ends with one.
 */
final class HostTable<T> {

    private final Map<String, T> exact = new HashMap<>();
    private final Map<String, T> leading = new HashMap<>();
    private final Map<String, T> trailing = new HashMap<>();

    boolean isEmpty() {
        return exact.isEmpty() && leading.isEmpty() && trailing.isEmpty();
    }

    /**
     * Adds a name.
     *
     * @throws ConfException if it is malformed, or there already
     */
    void add(String name, T value, Directive d) throws ConfException {
        String lower = name.toLowerCase(Locale.ROOT);
        int asterisk = lower.indexOf('*');
        boolean leads = lower.startsWith("*.") && lower.length() > 2;
        boolean trails = lower.endsWith(".*") && lower.length() > 2;
        if (lower.contains("..") || asterisk >= 0 && (asterisk != lower.lastIndexOf('*') || !leads && !trails)) {
            throw d.error("invalid hostname or wildcard \"" + name + "\"");
        }
        T former;
        if (leads) {
            former = leading.putIfAbsent(lower.substring(1), value);
        } else if (lower.startsWith(".") && lower.length() > 1) {
            former = leading.putIfAbsent(lower, value);
            T whole = exact.putIfAbsent(lower.substring(1), value);
            former = former == null ? whole : former;
        } else if (trails) {
            former = trailing.putIfAbsent(lower.substring(0, lower.length() - 1), value);
        } else {
            former = exact.putIfAbsent(lower, value);
        }
        if (former != null) {
            throw d.error("conflicting parameter \"" + lower + "\"");
        }
    }

    /** Returns the value for a host, which is in lower case; {@code null} for none. */
    T find(String host) {
        T found = exact.get(host);
        for (int dot = host.indexOf('.'); found == null && dot >= 0; dot = host.indexOf('.', dot + 1)) {
            found = leading.get(host.substring(dot));
        }
        for (int dot = host.lastIndexOf('.'); found == null && dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
            found = trailing.get(host.substring(0, dot + 1));
        }
        return found;
    }
}
