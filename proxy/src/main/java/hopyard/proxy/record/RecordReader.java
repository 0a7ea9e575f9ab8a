package hopyard.proxy.record;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.TunnelEnd;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.server.LocationSource;
import hopyard.proxy.tls.TlsFacts;
import hopyard.proxy.upstream.PeerSettings;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads what {@link RecordWriter} has written, in the same order. */
final class RecordReader {

    private final byte[] bytes;
    private int at;

    RecordReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads an exchange.
     *
     * @param tls what {@link RecordWriter#tls} has returned
     */
    ExchangeRecord read(long id, LocationSource location, PeerSettings[] peers, TlsFacts[] tls) {
        long endedAt = number();
        long begun = number();
        long[] nanos = new long[Stage.values().length];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = number();
        }
        int status = (int) number();
        Outcome outcome = Outcome.values()[(int) number()];
        Who who = Who.values()[(int) number()];
        Why why = reason();
        Why interrupted = reason();
        long connection = number();
        long request = number();
        long bytesSent = number();
        long bytesReceived = number();
        String requestId = text();
        String method = text();
        String target = text();
        String protocol = text();
        long stream = protocol.equals(ExchangeRecord.HTTP_2) ? number() : 0;
        String host = text();
        String from = text();
        String local = text();
        String cacheStatus = text();
        String traceId = text();
        HeaderMap fromClient = fields();
        HeaderMap toClient = fields();
        AuthRequest authRequest = authRequest();
        List<Attempt> attempts = new ArrayList<>();
        long count = number();
        for (int i = 0; i < count; i++) {
            attempts.add(attempt(peers[i]));
        }
        List<String> errorLog = new ArrayList<>();
        long lines = number();
        for (int i = 0; i < lines; i++) {
            errorLog.add(text());
        }
        TunnelEnd tunnelEnd = status == StatusCodes.SWITCHING_PROTOCOLS ? TunnelEnd.parse(text()) : null;
        TlsUse clientTls = tls == null ? null : tls(tls[0], true);
        for (int i = 0; i < count && tls != null; i++) {
            attempts.set(i, attempts.get(i).on(tls(tls[1 + i], false)));
        }
        boolean isCut = number() == 1;
        return new ExchangeRecord(
                id,
                requestId,
                endedAt,
                method,
                target,
                protocol,
                host,
                status,
                from,
                local,
                connection,
                request,
                stream,
                clientTls,
                location.server().name(),
                location.server().directive(),
                location,
                fromClient,
                toClient,
                authRequest,
                attempts,
                outcome,
                who,
                why,
                interrupted,
                cacheStatus,
                traceId,
                begun,
                new StageTimes(nanos),
                errorLog,
                bytesSent,
                bytesReceived,
                tunnelEnd,
                isCut);
    }

    private AuthRequest authRequest() {
        long count = number();
        if (count < 0) {
            return null;
        }
        String uri = text();
        int status = (int) number();
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            attempts.add(attempt(null));
        }
        return new AuthRequest(uri, status, attempts);
    }

    private Attempt attempt(PeerSettings peer) {
        return new Attempt(
                text(),
                peer,
                text(),
                text(),
                number() == 1,
                (int) number(),
                reason(),
                text(),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                number(),
                block(),
                block(),
                null);
    }

    /** Reads what is not shared of TLS on a connection; {@code null} if it was not spoken. */
    private TlsUse tls(TlsFacts facts, boolean isClients) {
        if (facts == null) {
            return null;
        }
        boolean isResumed = number() == 1;
        long handshakeNanos = number();
        String serverName = text();
        long until = isClients ? number() : -1;
        TlsUse.ClientCertificate client = until < 0
                ? null
                : new TlsUse.ClientCertificate(Paths.fromBytes(text()), Paths.fromBytes(text()), until, text());
        return new TlsUse(facts, isResumed, handshakeNanos, serverName, client);
    }

    private Why reason() {
        int ordinal = (int) number();
        return ordinal < 0 ? null : Why.values()[ordinal];
    }

    private HeaderMap fields() {
        HeaderMap fields = new HeaderMap();
        for (String line : text().split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                // the last line may have been cut
                fields.add(
                        new HttpString(line.substring(0, colon)), line.substring(Math.min(line.length(), colon + 2)));
            }
        }
        return fields;
    }

    private long number() {
        at += 8;
        return LittleEndian.getLong(bytes, at - 8);
    }

    private String text() {
        byte[] block = block();
        return block == null ? null : new String(block, StandardCharsets.ISO_8859_1);
    }

    private byte[] block() {
        int length = LittleEndian.getInt(bytes, at);
        at += 4;
        if (length < 0) {
            return null;
        }
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }
}
