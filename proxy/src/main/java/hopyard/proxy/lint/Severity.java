package hopyard.proxy.lint;

import java.util.Locale;

/** How bad a finding is. */
public enum Severity {
    /** Somebody gets in, or nothing works. */
    ERROR,
    /** It does something else than it looks like, sooner or later. */
    WARNING,
    /** Worth a thought; it may be meant so. */
    HINT;

    /** As it is written. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
