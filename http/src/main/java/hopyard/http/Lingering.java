package hopyard.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;

/**
 * How long a server goes on reading content that it has no use for. Without this, a client that is still sending may
 * lose the response: closing a connection with unread bytes resets it, and what the client had not read yet is lost.
 *
 * @param mode when the end of a connection is put off
 * @param timeMillis how long reading may go on after the response
 * @param timeoutMillis how long it may wait for more bytes in between
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#lingering_close">lingering_close</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-9.6">RFC 9112 §9.6</a>
 */
public record Lingering(Mode mode, long timeMillis, long timeoutMillis) {

    /** When the end of a connection is put off. */
    public enum Mode {
        /** Never. */
        OFF,
        /** If the client may be sending something. */
        ON,
        /** In any case, until the client ends the connection. */
        ALWAYS
    }

    /** What nginx does unless it is told otherwise. */
    public static final Lingering DEFAULT = new Lingering(Mode.ON, 30_000, 5_000);

    /** What is to be done after an exchange, where that is not {@link #DEFAULT}. */
    public static final AttachmentKey<Lingering> KEY = AttachmentKey.create(Lingering.class);

    /**
     * Returns these terms; {@link #DEFAULT} itself if they are the same, so that comparing is quick. A record's own
     * {@code equals} would be made at run time, which takes 9 ms of a start.
     */
    public static Lingering of(Mode mode, long timeMillis, long timeoutMillis) {
        boolean same =
                mode == DEFAULT.mode && timeMillis == DEFAULT.timeMillis && timeoutMillis == DEFAULT.timeoutMillis;
        return same ? DEFAULT : new Lingering(mode, timeMillis, timeoutMillis);
    }

    /** What is to be done after an exchange. */
    public static Lingering of(HttpServerExchange exchange) {
        Lingering own = exchange.getAttachment(KEY);
        return own == null ? DEFAULT : own;
    }
}
