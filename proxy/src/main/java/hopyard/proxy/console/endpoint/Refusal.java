package hopyard.proxy.console.endpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A request that the console does not carry out; the message says why, and what to do instead. */
public final class Refusal extends Exception {

    private final int status;
    private final transient ObjectNode details;

    public Refusal(int status, String message) {
        this(status, message, Json.object());
    }

    /**
     * @param details what a program may want to know apart from the message
     */
    public Refusal(int status, String message, ObjectNode details) {
        super(message, null, false, false);
        this.status = status;
        this.details = details;
    }

    /** For now there is too much of something; the answer says when to ask again. */
    public static Refusal busy(String what) {
        return new Refusal(503, what + ": ask again in a moment");
    }

    public int status() {
        return status;
    }

    public ObjectNode json() {
        return details.put("error", getMessage());
    }
}
