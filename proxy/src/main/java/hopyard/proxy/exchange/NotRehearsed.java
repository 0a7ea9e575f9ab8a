package hopyard.proxy.exchange;

/** Ends a {@link Rehearsal}: a module asks for something that only a served request has. */
final class NotRehearsed extends Error {

    private static final long serialVersionUID = 1;

    NotRehearsed() {
        super("a request that is only tried has no connection");
    }
}
