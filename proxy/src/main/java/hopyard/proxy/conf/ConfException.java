package hopyard.proxy.conf;

/** A mistake in the configuration, in nginx's own words, with the place in nginx's own form. */
public final class ConfException extends Exception {

    private ConfException(String message) {
        super(message, null, false, false);
    }

    /** {@code message in file:line}, or {@code message in command line} for a directive of {@code -g}. */
    public static ConfException at(String message, String file, int line) {
        return new ConfException(
                line == 0 ? message + " in " + Directive.COMMAND_LINE : message + " in " + file + ":" + line);
    }

    /** A mistake that nginx reports without a place, because it shows only when the whole configuration is known. */
    public static ConfException anywhere(String message) {
        return new ConfException(message);
    }
}
