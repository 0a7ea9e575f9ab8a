package hopyard.backend.django;

/**
 * What has come after a request's head.
 *
 * @param length how much it is, in bytes; 0 where the client has not said so before, because Django reads nothing then
 * @param bytes the content, as far as it was kept
 */
public record Content(long length, byte[] bytes) {

    /** No content. */
    public static final Content NONE = new Content(0, new byte[0]);
}
