package hopyard.proxy.record;

import hopyard.proxy.http.LocationSource;
import hopyard.proxy.upstream.PeerSettings;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
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

    ExchangeRecord read(long id, LocationSource location, PeerSettings[] peers) {
        long endedAt = number();
        long started = number();
        long ended = number();
        int status = (int) number();
        long connection = number();
        long request = number();
        long bytesSent = number();
        long bytesReceived = number();
        String requestId = text();
        String method = text();
        String target = text();
        String protocol = text();
        String host = text();
        String from = text();
        String local = text();
        String proxyError = text();
        HeaderMap fromClient = fields();
        HeaderMap toClient = fields();
        List<Attempt> attempts = new ArrayList<>();
        long count = number();
        for (int i = 0; i < count; i++) {
            attempts.add(attempt(peers[i]));
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
                location.server().name(),
                location.server().directive(),
                location,
                fromClient,
                toClient,
                attempts,
                proxyError,
                started,
                ended,
                bytesSent,
                bytesReceived,
                isCut);
    }

    private Attempt attempt(PeerSettings peer) {
        return new Attempt(
                text(),
                peer,
                text(),
                text(),
                number() == 1,
                (int) number(),
                number(),
                number(),
                number(),
                number(),
                block(),
                block());
    }

    private HeaderMap fields() {
        HeaderMap fields = new HeaderMap();
        for (String line : text().split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                // the last one may have been cut
                fields.add(
                        new HttpString(line.substring(0, colon)), line.substring(Math.min(line.length(), colon + 2)));
            }
        }
        return fields;
    }

    private long number() {
        at += 8;
        return Numbers.getLong(bytes, at - 8);
    }

    private String text() {
        byte[] block = block();
        return block == null ? null : new String(block, StandardCharsets.ISO_8859_1);
    }

    private byte[] block() {
        int length = Numbers.getInt(bytes, at);
        at += 4;
        if (length < 0) {
            return null;
        }
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }
}
