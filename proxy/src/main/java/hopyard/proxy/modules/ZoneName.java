package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Values;
import java.util.List;

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
        String text = value.substring(colon + 1);
        if (!text.matches("[0-9]+[kKmM]?")) {
            throw d.error("invalid zone size \"" + parameter + "\"");
        }
        long size = Values.size(new Directive(d.name(), List.of(text), null, d.file(), d.line()), 0);
        if (size < SMALLEST) {
            throw d.error("zone \"" + parameter + "\" is too small");
        }
        return new ZoneName(value.substring(0, colon), size);
    }
}
