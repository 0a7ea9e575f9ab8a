package hopyard.proxy.exchange;

import java.util.Locale;

/** Whose response the client gets. */
public enum Who {
    APP,
    PROXY,
    CACHE,
    NOBODY;

    private final String text = name().toLowerCase(Locale.ROOT);

    @Override
    public String toString() {
        return text;
    }
}
