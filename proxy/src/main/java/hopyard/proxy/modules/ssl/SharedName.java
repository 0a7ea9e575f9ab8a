package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Values;

/**
 * The {@code shared:NAME:SIZE} of a directive that declares a zone.
 *
 * @param size in bytes
 */
record SharedName(String name, long size) {

    private static final String SHARED = "shared:";

    /** The smallest zone in bytes, as in nginx: eight pages. */
    private static final int MIN = 8 * 4096;

    /**
     * Reads it.
     *
     * @param what what nginx calls the zone in its messages
     */
    static SharedName parse(String text, String what, Directive d) throws ConfException {
        int colon = text.indexOf(':', SHARED.length());
        if (!text.startsWith(SHARED) || colon <= SHARED.length()) {
            throw invalid(text, what, d);
        }
        long size;
        try {
            size = Values.parseSize(text.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw invalid(text, what, d);
        }
        if (size < MIN) {
            throw d.error(what + " \"" + text + "\" is too small");
        }
        return new SharedName(text.substring(SHARED.length(), colon), size);
    }

    private static ConfException invalid(String text, String what, Directive d) {
        return d.error("invalid " + what + " \"" + text + "\"");
    }
}
