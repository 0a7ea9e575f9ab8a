package hopyard.proxy.server;

/** A request, as far as its connection and the choice of its server know it. */
public interface Request {

    /** Keeps the captures of a regular expression, for {@code $1} and so on. */
    void capture(Captures captures);
}
