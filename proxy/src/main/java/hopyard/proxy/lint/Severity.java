package hopyard.proxy.lint;

import java.util.Locale;

/** How bad a finding is. */
public enum Severity {
    /** Somebody can break in, or nothing works. */
    ERROR,
    /** Sooner or later the configuration does something else than it seems to. */
    WARNING,
    /** It should be considered, but may be intended. */
    HINT;

    /** Returns the severity as it is written: in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
