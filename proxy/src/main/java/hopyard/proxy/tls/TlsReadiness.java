package hopyard.proxy.tls;

import java.io.IOException;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.conduits.WriteReadyHandler;

/**
 * The events of the socket. The handshake goes on whenever the socket is ready for it, whoever is waiting; then each
 * direction hears of its own.
 */
final class TlsReadiness {

    private final TlsLayer tls;
    private final TlsSource source;
    private final TlsSink sink;

    private TlsReadiness(TlsLayer tls, TlsSource source, TlsSink sink) {
        this.tls = tls;
        this.source = source;
        this.sink = sink;
    }

    /** Hands on the events of what {@code connection} speaks TLS on. */
    static void handOn(
            StreamSourceConduit from,
            StreamSinkConduit to,
            TlsLayer tls,
            TlsSource source,
            TlsSink sink,
            StreamConnection connection) {
        TlsReadiness its = new TlsReadiness(tls, source, sink);
        tls.whenTurn(its::readable);
        from.setReadReadyHandler(new ReadReadyHandler() {
            @Override
            public void readReady() {
                its.readable();
            }

            @Override
            public void forceTermination() {
                IoUtils.safeClose(connection);
            }

            @Override
            public void terminated() {
                // the connection knows it already
            }
        });
        to.setWriteReadyHandler(new WriteReadyHandler() {
            @Override
            public void writeReady() {
                its.writable();
            }

            @Override
            public void forceTermination() {
                IoUtils.safeClose(connection);
            }

            @Override
            public void terminated() {
                // the connection knows it already
            }
        });
    }

    private void readable() {
        boolean wasEstablished = tls.isEstablished();
        if (!wasEstablished) {
            try {
                tls.handshake();
            } catch (IOException e) {
                // whoever waits sees it at the next call
                announceEnd();
                return;
            }
            if (!tls.isEstablished()) {
                return;
            }
        }
        source.ready();
        if (!wasEstablished) {
            sink.established();
            sendTickets();
        }
    }

    private void writable() {
        boolean wasEstablished = tls.isEstablished();
        try {
            if (!tls.send() || !wasEstablished && !tls.handshake()) {
                sink.notReady();
                return;
            }
        } catch (IOException e) {
            announceEnd();
            return;
        }
        sink.ready();
        if (!wasEstablished) {
            source.established();
            sendTickets();
        } else {
            source.sent();
        }
    }

    /** Where the client's request has come already, and was answered, the tickets have gone with the answer. */
    private void sendTickets() {
        try {
            tls.sendTickets();
        } catch (IOException e) {
            announceEnd();
        }
    }

    private void announceEnd() {
        source.announceEnd();
        sink.announceEnd();
    }
}
