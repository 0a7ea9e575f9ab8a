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

    private static final int PAGE = 4096;

    /** nginx does not take less than eight pages. */
    private static final long MIN = 8 * PAGE;

    /** Of a cache's keys, two will do. */
    private static final long MIN_KEYS = 2 * PAGE;

    /** Of a whole parameter, {@code zone=NAME:SIZE}. */
    static ZoneName parse(String parameter, Directive d) throws ConfException {
        String value = parameter.substring(parameter.indexOf('=') + 1);
        String invalid = "invalid zone size \"" + parameter + "\"";
        int colon = value.indexOf(':');
        if (colon < 0) {
            throw d.error(invalid);
        }
        ZoneName zone = parse(value.substring(0, colon), value.substring(colon + 1), invalid, d);
        return zone.atLeast(MIN, "zone \"" + parameter + "\" is too small", d);
    }

    /** Of a cache's keys, {@code keys_zone=NAME:SIZE}. */
    static ZoneName parseKeys(String parameter, Directive d) throws ConfException {
        String value = parameter.substring(parameter.indexOf('=') + 1);
        String invalid = "invalid keys zone size \"" + parameter + "\"";
        int colon = value.indexOf(':');
        if (colon < 0) {
            throw d.error(invalid);
        }
        ZoneName zone = parse(value.substring(0, colon), value.substring(colon + 1), invalid, d);
        return zone.atLeast(MIN_KEYS, "keys zone \"" + parameter + "\" is too small", d);
    }

    /** Of an upstream's {@code zone NAME [SIZE]}; without a size it is 0, since another one says it. */
    static ZoneName parseWords(Directive d) throws ConfException {
        String name = d.arg(0);
        return d.args().size() == 1
                ? new ZoneName(name, 0)
                : parse(name, d.arg(1), "invalid zone size \"" + d.arg(1) + "\"", d)
                        .atLeast(MIN, "zone \"" + name + "\" is too small", d);
    }

    private static ZoneName parse(String name, String size, String invalid, Directive d) throws ConfException {
        if (!size.matches("[0-9]{1,12}[kKmM]?")) {
            throw d.error(invalid);
        }
        return new ZoneName(name, Values.parseSize(size));
    }

    private ZoneName atLeast(long min, String tooSmall, Directive d) throws ConfException {
        if (size < min) {
            throw d.error(tooSmall);
        }
        return this;
    }
}
