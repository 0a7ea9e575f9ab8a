package hopyard.proxy.exchange;

/** The value of {@code client_body_in_file_only}. */
public enum BodyInFile {
    /** A request's content is put into a file that has no name any more, and only if it is long. */
    OFF,
    /** All content is put into files, which stay. */
    ON,
    /** All content is put into files, which are removed when the request has ended. */
    CLEAN
}
