package hopyard.proxy.server;

import hopyard.http.server.http2.Http2Stream;

/** A stream of HTTP/2, as its request knows its client: the connection's own, with what is the stream's. */
final class ClientStream extends ClientConnection {

    private final ClientConnection whole;
    private final Http2Client http2;
    private Request current;
    private Configuration configuration;

    ClientStream(ClientConnection whole, Http2Client http2, Http2Stream stream) {
        super(whole, stream, whole.countRequest());
        this.whole = whole;
        this.http2 = http2;
    }

    @Override
    public boolean isDraining() {
        return whole.isDraining();
    }

    @Override
    public boolean isMisdirectedTo(VirtualServer server) {
        // on a connection that is about to end, the server may have ceased to speak it when the request was on its way
        return !speaksHttp2(server) && !isDraining();
    }

    @Override
    public void requestStarted(Request request, Configuration with) {
        current = request;
        configuration = with;
        http2.started(this);
    }

    @Override
    public void requestEnded(long timeout, long least) {
        current = null;
        http2.ended(this, timeout);
    }

    @Override
    public Request current() {
        return current;
    }

    @Override
    boolean began(Configuration with) {
        return configuration == with;
    }

    @Override
    public void drain() {
        http2.drain();
    }
}
