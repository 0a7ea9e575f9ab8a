package hopyard.http.server.http2;

/**
 * What a client may ask of a connection. Sizes are in bytes.
 *
 * @param streams how many requests it may have under way at a time
 * @param window how much content of a request it may send before somebody asks for that
 * @param chunk how much content of a response a frame has at most
 * @param headSize how large the fields of a request may be in all
 */
public record Http2Limits(int streams, int window, int chunk, long headSize) {

    /** How long a field block may be: indexes and codes make it shorter than what it stands for, and seldom longer. */
    int block() {
        return (int) Math.min(headSize + (16 << 10), 8 << 20);
    }
}
