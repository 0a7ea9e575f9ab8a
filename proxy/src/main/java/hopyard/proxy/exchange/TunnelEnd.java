package hopyard.proxy.exchange;

/**
 * How an upgraded connection ended, and who ended it.
 *
 * @param by who ended it first
 * @param isWebSocket whether close frames were looked for
 * @param clientCode the status code of the client's close frame; {@link #NO_CODE} if the frame has none,
 *     {@link #NO_FRAME} if there was no frame
 * @param appCode the status code of the app's close frame, in the same way
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-7">RFC 6455, section 7</a>
 */
public record TunnelEnd(By by, How how, boolean isWebSocket, int clientCode, int appCode) {

    public static final int NO_FRAME = -1;

    public static final int NO_CODE = 1005;

    /** Who ended the tunnel. */
    public enum By {
        CLIENT,
        APP,
        PROXY
    }

    /** How the tunnel was ended. */
    public enum How {
        CLOSE_FRAME,
        FIN,
        RESET,
        TIMEOUT,
        /** The proxy is shutting down, or has no memory left. */
        OTHER
    }

    /** Returns everything in one line of text, for {@link #parse}. */
    public String text() {
        return by + " " + how + " " + isWebSocket + " " + clientCode + " " + appCode;
    }

    /** Parses what {@link #text} has made. Returns {@code null} for {@code null}. */
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
