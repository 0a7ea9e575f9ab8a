package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.record.TlsUse;
import hopyard.proxy.tls.CertificateFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** TLS on a connection, as JSON and for a terminal; docs/console.md says what the fields mean. */
public final class TlsView {

    private TlsView() {}

    /** What a list shows: all but the certificates; {@code null} without TLS. */
    static ObjectNode summary(TlsUse tls) {
        if (tls == null) {
            return null;
        }
        ObjectNode out = Json.object();
        out.put("protocol", tls.facts().protocol()).put("cipher", tls.facts().cipher());
        out.put("group", tls.facts().group());
        String alpn = tls.facts().alpn();
        out.put("alpn", alpn.isEmpty() ? null : alpn);
        out.put("serverName", shown(tls.serverName())).put("resumed", tls.isResumed());
        out.put("handshakeMs", tls.handshakeNanos() < 0 ? null : Json.round(tls.handshakeNanos() / 1e6));
        return out;
    }

    /** All of it; {@code null} without TLS. */
    public static ObjectNode full(TlsUse tls) {
        ObjectNode out = summary(tls);
        if (out == null) {
            return null;
        }
        out.set("chain", chain(tls.facts().chain()));
        if (tls.client() != null) {
            out.putObject("clientCertificate")
                    .put("subject", tls.client().subject())
                    .put("issuer", tls.client().issuer())
                    .put("until", Instant.ofEpochMilli(tls.client().until()).toString())
                    .put("verified", tls.client().verified());
        }
        return out;
    }

    /** A server's certificate, and those that it has sent with it. */
    public static ArrayNode chain(List<CertificateFacts> chain) {
        return Json.array(chain, TlsView::certificate);
    }

    private static ObjectNode certificate(CertificateFacts its) {
        ObjectNode out = Json.object().put("subject", its.subject()).put("issuer", its.issuer());
        out.set("names", Json.array(its.names(), TextNode::valueOf));
        if (its.moreNames() > 0) {
            out.put("moreNames", its.moreNames());
        }
        return out.put("from", its.from().toString()).put("until", its.until().toString());
    }

    /** Lines for a terminal, none of which has an end; empty without TLS. */
    public static List<String> lines(TlsUse tls) {
        if (tls == null) {
            return List.of();
        }
        StringJoiner terms = new StringJoiner(", ");
        terms.add(tls.facts().protocol() + " " + tls.facts().cipher());
        if (tls.facts().group() != null) {
            terms.add(tls.facts().group());
        }
        if (!tls.facts().alpn().isEmpty()) {
            terms.add("ALPN " + tls.facts().alpn());
        }
        terms.add(tls.serverName() == null ? "no SNI" : "SNI " + shown(tls.serverName()));
        terms.add(tls.isResumed() ? "session resumed" : "new session");
        if (tls.handshakeNanos() >= 0) {
            terms.add(String.format(Locale.ROOT, "handshake %.2f ms", tls.handshakeNanos() / 1e6));
        }
        List<CertificateFacts> chain = tls.facts().chain();
        List<String> lines = new ArrayList<>(List.of(terms.toString()));
        if (!chain.isEmpty()) {
            lines.add("certificate " + line(chain.get(0)));
        }
        if (tls.client() != null) {
            lines.add("client's certificate " + tls.client().subject() + ", by "
                    + tls.client().issuer() + ": " + tls.client().verified());
        }
        return lines;
    }

    private static String line(CertificateFacts its) {
        String names = its.names().isEmpty() ? "" : " for " + String.join(", ", its.names());
        return its.subject() + names + ", by " + its.issuer() + ", until " + its.until();
    }

    /** What a client has said may be anything: as text, without control characters. */
    private static String shown(String serverName) {
        return serverName == null ? null : Paths.fromBytes(serverName).replaceAll("\\p{Cntrl}", "?");
    }
}
