package hopyard.proxy.modules.ssl;

import java.util.Locale;
import java.util.Map;

/**
 * The command {@code Options} of OpenSSL's configuration. TLS is spoken here in one way as to most of them: such an
 * option is fine where it asks for that way, and is refused where it asks for the other.
 *
 * @see <a href="https://docs.openssl.org/3.0/man3/SSL_CONF_cmd/#supported-configuration-file-commands">SSL_CONF_cmd</a>
 */
final class ConfOptions {

    /** What becomes of an option. */
    enum Fate {
        OBEYED,
        /** It asks for how things are. */
        SO_ALREADY,
        /** It could only make things quicker, and not even nginx says so where it does not. */
        IGNORED,
        REFUSED,
        UNKNOWN
    }

    /** How things are. */
    private enum Way {
        ON,
        OFF,
        /** It makes no difference, in OpenSSL 3 neither. */
        EITHER
    }

    private static final Map<String, Way> WAYS = Map.ofEntries(
            Map.entry("emptyfragments", Way.EITHER),
            Map.entry("bugs", Way.EITHER),
            Map.entry("compression", Way.OFF),
            Map.entry("noresumptiononrenegotiation", Way.EITHER),
            Map.entry("dhsingle", Way.EITHER),
            Map.entry("ecdhsingle", Way.EITHER),
            Map.entry("unsafelegacyrenegotiation", Way.OFF),
            Map.entry("unsafelegacyserverconnect", Way.OFF),
            Map.entry("clientrenegotiation", Way.OFF),
            Map.entry("encryptthenmac", Way.OFF),
            Map.entry("norenegotiation", Way.ON),
            Map.entry("allownodhekex", Way.OFF),
            Map.entry("middleboxcompat", Way.ON),
            // there is no early data that could be replayed
            Map.entry("antireplay", Way.EITHER),
            Map.entry("extendedmastersecret", Way.ON),
            Map.entry("canames", Way.ON));

    private ConfOptions() {}

    /** Returns the name of an option, without its sign and in lower case. */
    static String name(String text) {
        return text.replaceFirst("^[+-]", "").toLowerCase(Locale.ROOT);
    }

    /** Whether an option turns something on: it has no minus before its name. */
    static boolean isOn(String text) {
        return !text.startsWith("-");
    }

    /**
     * Returns what becomes of an option.
     *
     * @param text its name, in any case, with a minus before it to turn it off
     * @param isServer whether it is about a server's side
     */
    static Fate of(String text, boolean isServer) {
        boolean isOn = isOn(text);
        return switch (name(text)) {
            case "sessionticket" -> isServer || isOn ? Fate.OBEYED : Fate.REFUSED;
            case "serverpreference", "prioritizechacha" -> Fate.OBEYED;
            case "ktls" -> isOn ? Fate.IGNORED : Fate.SO_ALREADY;
            default -> {
                Way way = WAYS.get(name(text));
                if (way == null) {
                    yield Fate.UNKNOWN;
                }
                yield way == Way.EITHER || isOn == (way == Way.ON) ? Fate.SO_ALREADY : Fate.REFUSED;
            }
        };
    }
}
