package hopyard.proxy.modules.ssi;

import hopyard.proxy.exchange.Exchange;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A command as it stands in the content: {@code <!--#name parameter="value" -->}. Its texts are byte strings.
 *
 * @param parameters in the order in which they stand there
 */
record SsiCommand(String name, List<Parameter> parameters) {

    /** Within what a command may stand. */
    enum Within {
        ANYTHING,
        /** Between {@code if} and {@code else}. */
        IF,
        /** Between {@code if} and {@code endif}. */
        IF_OR_ELSE
    }

    /** What is known of a command. */
    enum Kind {
        INCLUDE(Within.ANYTHING, List.of(), List.of("virtual", "file", "wait", "set", "stub")),
        ECHO(Within.ANYTHING, List.of("var"), List.of("default", "encoding")),
        CONFIG(Within.ANYTHING, List.of(), List.of("errmsg", "timefmt")),
        SET(Within.ANYTHING, List.of("var", "value"), List.of()),
        IF(Within.ANYTHING, List.of("expr"), List.of()),
        ELIF(Within.IF, List.of("expr"), List.of()),
        ELSE(Within.IF, List.of(), List.of()),
        ENDIF(Within.IF_OR_ELSE, List.of(), List.of()),
        BLOCK(Within.ANYTHING, List.of("name"), List.of()),
        ENDBLOCK(Within.ANYTHING, List.of(), List.of());

        private static final Map<String, Kind> BY_NAME = new HashMap<>();

        static {
            for (Kind each : values()) {
                BY_NAME.put(each.name().toLowerCase(Locale.ROOT), each);
            }
        }

        final Within within;
        private final List<String> mandatory;
        private final List<String> optional;

        Kind(Within within, List<String> mandatory, List<String> optional) {
            this.within = within;
            this.mandatory = mandatory;
            this.optional = optional;
        }
    }

    record Parameter(String name, String value) {}

    private static final int MAX_PARAMETERS = 16;

    /** Returns what is known of the command; {@code null} if there is none of this name. */
    Kind kind() {
        return Kind.BY_NAME.get(name);
    }

    /**
     * Returns the parameters by name.
     *
     * @throws SsiException if they are not those of the command; the reason is logged in nginx's words
     */
    Map<String, String> checked(Exchange exchange) throws SsiException {
        if (parameters.size() > MAX_PARAMETERS) {
            throw SsiException.logged(exchange, "too many SSI command parameters: \"" + name + "\"");
        }
        Kind kind = kind();
        Map<String, String> out = new HashMap<>();
        for (Parameter each : parameters) {
            boolean isKnown = kind.mandatory.contains(each.name) || kind.optional.contains(each.name);
            if (isKnown && out.putIfAbsent(each.name, each.value) != null) {
                throw SsiException.logged(
                        exchange, "duplicate \"" + each.name + "\" parameter in \"" + name + "\" SSI command");
            }
            if (!isKnown) {
                throw SsiException.logged(
                        exchange, "invalid parameter name: \"" + each.name + "\" in \"" + name + "\" SSI command");
            }
        }
        for (String each : kind.mandatory) {
            if (!out.containsKey(each)) {
                throw SsiException.logged(
                        exchange, "mandatory \"" + each + "\" parameter is absent in \"" + name + "\" SSI command");
            }
        }
        return out;
    }

    /** Returns the command as text again. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("<!--#").append(name);
        for (Parameter each : parameters) {
            out.append(' ').append(each.name).append("=\"").append(each.value).append('"');
        }
        return out.append(" -->").toString();
    }
}
