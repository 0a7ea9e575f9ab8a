package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Values;

/**
 * The {@code zone=NAME:SIZE} of a directive that declares a shared memory zone.
 *
 * @param size in bytes
 */
record ZoneName(String name, long size) {

    /** nginx does not take less than eight pages. */
    private static final long SMALLEST = 8 * 4096;

    /**
     * @param parameter the whole parameter, with its {@code zone=} or {@code keys_zone=}
     */
    static ZoneName parse(String parameter, Directive d) throws ConfException {
        String value = parameter.substring(parameter.indexOf('=') + 1);
        int colon = value.indexOf(':');
        if (colon < 0) {
            throw d.error("invalid zone size \"" + parameter + "\"");
        }
        return parse(
                value.substring(0, colon),
                value.substring(colon + 1),
                "invalid zone size \"" + parameter + "\"",
                parameter,
                d);
    }

    /** The same where name and size stand as words of their own. */
    static ZoneName parse(String name, String text, String invalid, Directive d) throws ConfException {
        return parse(name, text, invalid, name, d);
    }

    private static ZoneName parse(String name, String text, String invalid, String shown, Directive d)
            throws ConfException {
        if (!text.matches("[0-9]+[kKmM]?")) {
            throw d.error(invalid);
        }
        long size = Values.parseSize(text);
        if (size < SMALLEST) {
            throw d.error("zone \"" + shown + "\" is too small");
        }
        return new ZoneName(name, size);
    }
}
