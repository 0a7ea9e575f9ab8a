package hopyard.http.server.http2;

/** The streams that ended last, and how: what still comes for them is judged by that (RFC 9113 §5.1). */
final class EndedStreams {

    /** How a stream has ended. */
    enum How {
        /** Both sides have said all. */
        COMPLETE,
        /** The client has ended it, and may not send anything more. */
        BY_CLIENT,
        /** This side has ended it; the client may have sent more before it knew. */
        BY_SERVER,
        /** It is answered, and the client has not been told yet that the rest of its request is not wanted. */
        ANSWERED,
        /** It ended long ago, or it never began. */
        UNKNOWN
    }

    private static final How[] HOWS = How.values();

    private final int[] streams = new int[64];
    private final byte[] hows = new byte[64];
    private int next;

    void add(int stream, How how) {
        streams[next] = stream;
        hows[next] = (byte) how.ordinal();
        next = next + 1 & streams.length - 1;
    }

    /** Notes that an answered stream has ended otherwise now; whether it was an answered one. */
    boolean settle(int stream, How how) {
        for (int i = 0; i < streams.length; i++) {
            if (streams[i] == stream && hows[i] == How.ANSWERED.ordinal()) {
                hows[i] = (byte) how.ordinal();
                return true;
            }
        }
        return false;
    }

    How find(int stream) {
        for (int i = 0; i < streams.length; i++) {
            if (streams[i] == stream) {
                return HOWS[hows[i]];
            }
        }
        return How.UNKNOWN;
    }
}
