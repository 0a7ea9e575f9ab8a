package hopyard.proxy.tls;

import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLKeyException;

/** Java's words for what goes wrong with TLS, in OpenSSL's words, which nginx logs. */
public final class OpenSslErrors {

    /** What a peer's alert is called (RFC 8446 §6, RFC 5246 §7.2): its number, and OpenSSL's words. */
    private record Alert(int number, String words) {}

    private static final Map<String, Alert> ALERTS = Map.ofEntries(
            Map.entry("unexpected_message", new Alert(10, "sslv3 alert unexpected message")),
            Map.entry("bad_record_mac", new Alert(20, "sslv3 alert bad record mac")),
            Map.entry("decryption_failed", new Alert(21, "tlsv1 alert decryption failed")),
            Map.entry("record_overflow", new Alert(22, "tlsv1 alert record overflow")),
            Map.entry("decompression_failure", new Alert(30, "sslv3 alert decompression failure")),
            Map.entry("handshake_failure", new Alert(40, "sslv3 alert handshake failure")),
            Map.entry("no_certificate", new Alert(41, "sslv3 alert no certificate")),
            Map.entry("bad_certificate", new Alert(42, "sslv3 alert bad certificate")),
            Map.entry("unsupported_certificate", new Alert(43, "sslv3 alert unsupported certificate")),
            Map.entry("certificate_revoked", new Alert(44, "sslv3 alert certificate revoked")),
            Map.entry("certificate_expired", new Alert(45, "sslv3 alert certificate expired")),
            Map.entry("certificate_unknown", new Alert(46, "sslv3 alert certificate unknown")),
            Map.entry("illegal_parameter", new Alert(47, "sslv3 alert illegal parameter")),
            Map.entry("unknown_ca", new Alert(48, "tlsv1 alert unknown ca")),
            Map.entry("access_denied", new Alert(49, "tlsv1 alert access denied")),
            Map.entry("decode_error", new Alert(50, "tlsv1 alert decode error")),
            Map.entry("decrypt_error", new Alert(51, "tlsv1 alert decrypt error")),
            Map.entry("protocol_version", new Alert(70, "tlsv1 alert protocol version")),
            Map.entry("insufficient_security", new Alert(71, "tlsv1 alert insufficient security")),
            Map.entry("internal_error", new Alert(80, "tlsv1 alert internal error")),
            Map.entry("inappropriate_fallback", new Alert(86, "tlsv1 alert inappropriate fallback")),
            Map.entry("user_canceled", new Alert(90, "tlsv1 alert user cancelled")),
            Map.entry("no_renegotiation", new Alert(100, "tlsv1 alert no renegotiation")),
            Map.entry("missing_extension", new Alert(109, "tlsv13 alert missing extension")),
            Map.entry("unsupported_extension", new Alert(110, "tlsv1 unsupported extension")),
            Map.entry("unrecognized_name", new Alert(112, "tlsv1 unrecognized name")),
            Map.entry("bad_certificate_status_response", new Alert(113, "tlsv1 bad certificate status response")),
            Map.entry("certificate_required", new Alert(116, "tlsv13 alert certificate required")),
            Map.entry("no_application_protocol", new Alert(120, "tlsv1 alert no application protocol")));

    private static final Pattern RECEIVED = Pattern.compile("Received fatal alert: (\\w+)");

    /** OpenSSL's numbers of its own errors, and those of alerts, which begin at 1000. */
    private static final int FIRST_ALERT = 0x0A000000 + 1000;

    private static final int MAX_USUAL_ALERT = 100;
    private static final int INAPPROPRIATE_FALLBACK = 86;

    /** Something in Java's words, and the same as OpenSSL says it; BoringSSL's words are OpenSSL's. */
    private record Known(Pattern java, int number, String words) {}

    private static final List<Known> KNOWN = List.of(
            new Known(
                    Pattern.compile("no cipher suites in common|No available cipher suite"),
                    0x0A0000C1,
                    "no shared cipher"),
            new Known(
                    Pattern.compile("requested protocol .* (is )?not enabled|protocol versions? .* not accepted"
                            + "|No appropriate protocol|Not supported protocol version"),
                    0x0A000102,
                    "unsupported protocol"),
            new Known(
                    Pattern.compile("No matching application layer protocol values"),
                    0x0A0000EB,
                    "no application protocol"),
            new Known(
                    Pattern.compile("No available authentication scheme|No supported CertificateVerify"),
                    0x0A000076,
                    "no suitable signature algorithm"),
            new Known(
                    Pattern.compile(
                            "Unsupported or unrecognized SSL message|Unrecognized SSL message|Unable to parse TLS packet"),
                    0x0A00010B,
                    "wrong version number"),
            new Known(
                    Pattern.compile("Tag mismatch|bad record MAC|AEAD", Pattern.CASE_INSENSITIVE),
                    0x0A000119,
                    "decryption failed or bad record mac"),
            new Known(
                    Pattern.compile("too large|exceeds? .*(limit|size)|oversize"),
                    0x0A0000C6,
                    "packet length too long"),
            new Known(
                    Pattern.compile("unexpected (handshake )?message|Unexpected|Unknown handshake type"),
                    0x0A0000F4,
                    "unexpected message"),
            new Known(
                    Pattern.compile("[Nn]o (suitable|common|available) .*(key share|group)"),
                    0x0A000065,
                    "no suitable key share"),
            new Known(Pattern.compile("Illegal handshake message|Invalid .*length"), 0x0A00009F, "length mismatch"),
            new Known(Pattern.compile("signature"), 0x0A00007B, "bad signature"),
            new Known(Pattern.compile("^unexpected record$"), 0x0A0000F5, "unexpected record"),
            new Known(Pattern.compile("^no renegotiation$"), 0x0A000153, "no renegotiation"),
            new Known(Pattern.compile("^digest check failed$"), 0x0A000095, "digest check failed"),
            new Known(Pattern.compile("Inappropriate fallback"), 0x0A000175, "inappropriate fallback"),
            new Known(Pattern.compile("extended_?master_?secret"), 0x0A000068, "inconsistent extms"));

    private OpenSslErrors() {}

    /** Returns what OpenSSL would say; what Java says itself where that is not known. */
    public static String of(SSLException e) {
        if (e instanceof TlsRejected) {
            return text(0x0A000179, "cert cb error");
        }
        String message = String.valueOf(e.getMessage());
        Alert alert = alert(e);
        if (alert != null) {
            return text(FIRST_ALERT + alert.number, alert.words) + ":SSL alert number " + alert.number;
        }
        for (Throwable at = e; at != null; at = at.getCause()) {
            for (Known each : KNOWN) {
                String said = String.valueOf(at.getMessage());
                if (said.equals(each.words) || each.java.matcher(said).find()) {
                    return text(each.number, each.words);
                }
            }
        }
        return message;
    }

    /**
     * Returns what nginx logs if TLS with a client has failed.
     *
     * @param reason {@code null} if the client has just gone
     */
    public static String told(boolean inHandshake, IOException reason) {
        if (!(reason instanceof SSLException ssl)) {
            return "peer closed connection in SSL handshake"
                    + (reason == null ? "" : " (" + SystemErrors.text(reason) + ")");
        }
        return TlsRejected.isOfServer(ssl)
                ? "handshake rejected"
                : (inHandshake ? "SSL_do_handshake()" : "SSL_read()") + " failed (SSL: " + of(ssl) + ")";
    }

    /**
     * Whether nginx 1.22 logs a failure as critical: a key that does not work, and some alerts, which came with newer
     * versions of TLS. Other mistakes of a client are no fault of the server.
     *
     * @param reason {@code null} if the client has just gone
     */
    public static boolean isCritical(IOException reason) {
        if (!(reason instanceof SSLException e)) {
            return false;
        }
        if (e instanceof SSLKeyException) {
            return true;
        }
        Alert alert = alert(e);
        return alert != null && (alert.number > MAX_USUAL_ALERT || alert.number == INAPPROPRIATE_FALLBACK);
    }

    /** Returns the peer's alert that is the reason; {@code null} if there was none that is known. */
    private static Alert alert(SSLException e) {
        if (e instanceof TlsAlert plain) {
            return ALERTS.values().stream()
                    .filter(each -> each.number == plain.number())
                    .findFirst()
                    .orElse(null);
        }
        Matcher received = RECEIVED.matcher(String.valueOf(e.getMessage()));
        return received.find() ? ALERTS.get(received.group(1)) : null;
    }

    private static String text(int number, String words) {
        return "error:%08X:SSL routines::%s".formatted(number, words);
    }
}
