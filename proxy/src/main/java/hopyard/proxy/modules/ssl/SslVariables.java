package hopyard.proxy.modules.ssl;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.AskedServer;
import hopyard.proxy.tls.CertificateText;
import hopyard.proxy.tls.CipherSuites;
import hopyard.proxy.tls.ClientHello;
import hopyard.proxy.tls.NamedGroups;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.Verdict;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;

/** The variables that tell of TLS with a client. Without TLS they have no value. */
public final class SslVariables {

    private SslVariables() {}

    static void define(Variables v) {
        connection(v, "ssl_protocol", TlsConnection::protocol);
        connection(v, "ssl_cipher", tls -> CipherSuites.name(tls.cipherSuite()));
        connection(v, "ssl_session_id", tls -> HexFormat.of().formatHex(tls.sessionId()));
        connection(v, "ssl_session_reused", tls -> tls.isSessionReused() ? "r" : ".");
        connection(v, "ssl_curve", TlsConnection::group);
        connection(v, "ssl_alpn_protocol", tls -> {
            String protocol = tls.applicationProtocol();
            return protocol == null || protocol.isEmpty() ? null : protocol;
        });
        // Java takes no request before the handshake is over
        connection(v, "ssl_early_data", tls -> null);
        hello(v, "ssl_server_name", ClientHello::serverName);
        hello(v, "ssl_ciphers", hello -> CipherSuites.names(hello.suites()));
        v.define("ssl_curves", SslVariables::curves);
        connection(v, "ssl_client_verify", SslVariables::verified);
        certificate(v, "ssl_client_raw_cert", CertificateText::pem);
        certificate(
                v, "ssl_client_cert", its -> CertificateText.pem(its).strip().replace("\n", "\n\t"));
        certificate(v, "ssl_client_escaped_cert", SslVariables::escaped);
        certificate(v, "ssl_client_fingerprint", CertificateText::fingerprint);
        certificate(v, "ssl_client_serial", CertificateText::serial);
        certificate(v, "ssl_client_s_dn", its -> CertificateText.name(its.getSubjectX500Principal()));
        certificate(v, "ssl_client_i_dn", its -> CertificateText.name(its.getIssuerX500Principal()));
        certificate(v, "ssl_client_s_dn_legacy", its -> CertificateText.oldName(its.getSubjectX500Principal()));
        certificate(v, "ssl_client_i_dn_legacy", its -> CertificateText.oldName(its.getIssuerX500Principal()));
        certificate(v, "ssl_client_v_start", its -> CertificateText.time(its.getNotBefore()));
        certificate(v, "ssl_client_v_end", its -> CertificateText.time(its.getNotAfter()));
        certificate(v, "ssl_client_v_remain", its -> Long.toString(CertificateText.daysLeft(its)));
    }

    private static void connection(Variables v, String name, Function<TlsConnection, String> value) {
        v.define(name, exchange -> {
            TlsConnection tls = exchange.client().tls();
            return tls == null || !tls.hasBegun() ? null : value.apply(tls);
        });
    }

    /** These are there while a certificate is looked for, too. */
    private static void hello(Variables v, String name, Function<ClientHello, String> value) {
        v.define(name, exchange -> {
            AskedServer asked = exchange.client().asked();
            return asked == null ? null : value.apply(asked.hello());
        });
    }

    private static void certificate(Variables v, String name, Function<X509Certificate, String> value) {
        connection(v, name, tls -> {
            List<X509Certificate> sent = tls.peerCertificates();
            return sent.isEmpty() ? null : value.apply(sent.get(0));
        });
    }

    /** As in OpenSSL, they are not looked at where a session of TLS 1.2 is taken up again. */
    private static String curves(Exchange exchange) {
        TlsConnection tls = exchange.client().tls();
        boolean isSkipped =
                tls != null && tls.isSessionReused() && !tls.protocol().equals("TLSv1.3");
        AskedServer asked = exchange.client().asked();
        return asked == null || isSkipped
                ? null
                : NamedGroups.names(asked.hello().groups());
    }

    /** Returns {@code $ssl_client_verify}. */
    public static String verified(TlsConnection tls) {
        Verdict verdict = tls.verdict();
        if (verdict == null) {
            return "NONE";
        }
        boolean isGood = tls.revocation() == null || tls.revocation().isEmpty();
        return !verdict.isOk() ? "FAILED:" + verdict.reason() : isGood ? "SUCCESS" : "FAILED:" + tls.revocation();
    }

    /** The PEM text, encoded as a component of a URI. */
    private static String escaped(X509Certificate certificate) {
        return URLEncoder.encode(CertificateText.pem(certificate), StandardCharsets.US_ASCII)
                .replace("+", "%20");
    }
}
