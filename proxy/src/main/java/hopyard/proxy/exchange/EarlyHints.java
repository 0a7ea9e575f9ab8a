package hopyard.proxy.exchange;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.server.Slots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes what an app hints at before its response on to the client: 103 (RFC 8297).
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#early_hints">early_hints</a>
 */
public final class EarlyHints {

    public static final int STATUS = 103;

    private static final Slots.Key<List<Template>> KEY = new Slots.Key<>();

    private EarlyHints() {}

    /** The setting: hints are passed on if any of the values is neither empty nor 0. */
    public record Setting(List<Template> conditions) {
        Setting(SettingsReader in) {
            this(in.directive("early_hints")
                    .means("When an app's early hints are passed on: if any of the values is neither empty nor 0.")
                    .args(1, Command.ANY)
                    .read(new Conditions(), List.of()));
        }
    }

    public static final Settings<Setting> SETTINGS = Settings.of(Setting::new);

    private static final class Conditions implements ValueReader.Repeated<List<Template>> {
        @Override
        public List<Template> read(Scope scope, Directive d, List<Template> former) throws ConfException {
            List<Template> conditions = former == null ? new ArrayList<>() : former;
            for (String word : d.args()) {
                conditions.add(Build.of(scope).template(word, d));
            }
            return conditions;
        }
    }

    /** Keeps the setting of a scope with its location. */
    public static void compile(Scope scope, LocationHandlers location) {
        List<Template> conditions = SETTINGS.of(scope).conditions;
        if (!conditions.isEmpty()) {
            location.slots().put(KEY, conditions);
        }
    }

    /** Whether the client of an exchange is to get hints. */
    public static boolean areWanted(Exchange exchange) {
        List<Template> conditions = exchange.location().slots().get(KEY);
        return conditions != null
                && !exchange.isSubrequest()
                && !exchange.protocol().equals("HTTP/1.0")
                && conditions.stream().map(each -> each.eval(exchange)).anyMatch(EarlyHints::isTrue);
    }

    private static boolean isTrue(String value) {
        return !value.isEmpty() && !value.equals("0");
    }

    /**
     * Sends hints.
     *
     * @param lines the field lines, each with its line end
     * @throws IOException if the client has gone
     */
    public static void send(Exchange exchange, String lines) throws IOException {
        String head = "HTTP/1.1 103 Early Hints\r\n" + lines + "\r\n";
        exchange.client().carrier().sendInterim(head.getBytes(StandardCharsets.ISO_8859_1));
    }
}
