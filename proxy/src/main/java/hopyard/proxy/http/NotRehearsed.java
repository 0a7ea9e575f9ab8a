package hopyard.proxy.http;

/** Ends a {@link Rehearsal}: a module wants what only a request that is served has. */
final class NotRehearsed extends Error {

    private static final long serialVersionUID = 1;

    NotRehearsed() {
        super("a request that is only tried has no connection");
    }
}
