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

    /** The smallest zone in bytes, as in nginx: eight pages. */
    private static final long MIN = 8 * PAGE;

    /** The smallest zone for a cache's keys in bytes, as in nginx: two pages. */
    private static final long MIN_KEYS = 2 * PAGE;

    /** Reads the parameter {@code zone=NAME:SIZE}. */
    static ZoneName parse(String parameter, Directive d) throws ConfException {
        return parse(parameter, "zone", MIN, d);
    }

    /** Reads the parameter {@code keys_zone=NAME:SIZE} of a cache. */
    static ZoneName parseKeys(String parameter, Directive d) throws ConfException {
        return parse(parameter, "keys zone", MIN_KEYS, d);
    }

    private static ZoneName parse(String parameter, String what, long min, Directive d) throws ConfException {
        String invalid = "invalid " + what + " size \"" + parameter + "\"";
        int colon = parameter.indexOf(':');
        if (colon < 0) {
            throw d.error(invalid);
        }
        String name = parameter.substring(parameter.indexOf('=') + 1, colon);
        return parse(name, parameter.substring(colon + 1), invalid, d)
                .atLeast(min, what + " \"" + parameter + "\" is too small", d);
    }

    /** Reads the {@code zone NAME [SIZE]} of an upstream. Without a size it is 0: another upstream gives the size. */
    static ZoneName parseWords(Directive d) throws ConfException {
        String name = d.arg(0);
        return d.args().size() == 1
                ? new ZoneName(name, 0)
                : parse(name, d.arg(1), "invalid zone size \"" + d.arg(1) + "\"", d)
                        .atLeast(MIN, "zone \"" + name + "\" is too small", d);
    }

    private static ZoneName parse(String name, String size, String invalid, Directive d) throws ConfException {
        // longer numbers would be more than a pebibyte
        if (!size.matches("[0-9]{1,8}[mM]|[0-9]{1,11}[kK]?")) {
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
