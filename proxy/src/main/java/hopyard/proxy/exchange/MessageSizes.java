package hopyard.proxy.exchange;

import hopyard.http.server.Carrier;

/** Computes the length of messages. */
public final class MessageSizes {

    private MessageSizes() {}

    /** Returns {@code $bytes_sent}: the bytes that were sent to the client, those of a tunnel included. */
    static long sent(Exchange exchange) {
        return exchange.response().isStarted() ? exchange.client().carrier().responseSent() + tunnelled(exchange) : 0;
    }

    /** Returns {@code $body_bytes_sent}: the same without the response's head. As in nginx, chunks count as sent. */
    static long bodySent(Exchange exchange) {
        Carrier carrier = exchange.client().carrier();
        return Math.max(0, sent(exchange) - (carrier == null ? 0 : carrier.responseHeadLength()));
    }

    /** Returns how many bytes of content were sent to the client, those of a tunnel included. */
    public static long contentSent(Exchange exchange) {
        return exchange.response().contentSent() + tunnelled(exchange);
    }

    private static long tunnelled(Exchange exchange) {
        Upgrade upgrade = Upgrade.of(exchange);
        return upgrade == null ? 0 : upgrade.sent();
    }

    /** Returns {@code $request_length}: the bytes of the request. */
    static long received(Exchange exchange) {
        Carrier carrier = exchange.client().carrier();
        return (carrier == null ? 0 : carrier.headLength())
                + Math.max(ClientContent.received(exchange), exchange.contentLength());
    }
}
