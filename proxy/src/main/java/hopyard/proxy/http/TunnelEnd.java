package hopyard.proxy.http;

/**
 * Who has ended an upgraded connection, and how.
 *
 * @param by who did so first
 * @param isWebSocket whether close frames were looked for
 * @param clientCode the status code of the client's close frame: {@link #NO_CODE} for one without, {@link #NO_FRAME} for no frame
 * @param appCode the same of the app's
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-7">RFC 6455, section 7</a>
 */
public record TunnelEnd(By by, How how, boolean isWebSocket, int clientCode, int appCode) {

    public static final int NO_FRAME = -1;

    public static final int NO_CODE = 1005;

    /** Whose doing it was. */
    public enum By {
        CLIENT,
        APP,
        PROXY
    }

    /** What was done. */
    public enum How {
        CLOSE_FRAME,
        FIN,
        RESET,
        TIMEOUT,
        /** The proxy is ending, or has no memory left. */
        OTHER
    }

    /** All of it in one word, for {@link #parse}. */
    public String text() {
        return by + " " + how + " " + isWebSocket + " " + clientCode + " " + appCode;
    }

    /** What {@link #text} has made; {@code null} of {@code null}. */
    public static TunnelEnd parse(String text) {
        if (text == null) {
            return null;
        }
        String[] words = text.split(" ");
        return new TunnelEnd(
                By.valueOf(words[0]),
                How.valueOf(words[1]),
                Boolean.parseBoolean(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]));
    }
}
