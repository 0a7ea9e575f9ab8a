package hopyard.proxy.modules.ssl;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import java.util.List;

/**
 * The settings that only a server's side of TLS has.
 *
 * @param ssl the line {@code ssl on} or {@code ssl off}
 * @param hopCertificate the line {@code hop_certificate}
 */
record SslSettings(
        Directive ssl,
        List<Directive> certificates,
        List<Directive> certificateKeys,
        Directive hopCertificate,
        boolean prefer,
        String curve,
        boolean reject,
        VerifyClient verify,
        Directive clientCertificate,
        OcspSettings.For ocsp,
        Directive ocspResponder,
        Ocsp.Cache ocspCache,
        long bufferSize,
        Directive dhparam,
        boolean earlyData) {

    static final Settings<SslSettings> SETTINGS = Settings.of(SslSettings::new);

    SslSettings(SettingsReader in) {
        this(
                in.directive("ssl")
                        .otherwise("off")
                        .means("Whether all addresses of the server expect TLS; `listen … ssl` says so of one.")
                        .note("obsolete, with nginx 1.22's warning")
                        .in(HTTP, SERVER)
                        .read(new Obsolete()),
                in.directive("ssl_certificate")
                        .means("The certificate that clients are shown, with those that vouch for it.")
                        .note("PEM files, or `data:`; one for each kind of key")
                        .in(HTTP, SERVER)
                        .read(new Lines(), List.of()),
                in.directive("ssl_certificate_key")
                        .means("Its key.")
                        .note("PEM files, or `data:`; no `engine:`")
                        .in(HTTP, SERVER)
                        .read(new Lines(), List.of()),
                in.directive("hop_certificate")
                        .otherwise("off")
                        .means(
                                "Where there is no `ssl_certificate`: a certificate for localhost, made by an authority of this machine's own.")
                        .note("EC P-256, for localhost, *.localhost, 127.0.0.1 and ::1; made anew before it ends")
                        .page("nginx.md")
                        .in(HTTP, SERVER)
                        .read(new FlagLine()),
                in.directive("ssl_prefer_server_ciphers")
                        .byDefault("off")
                        .means("Whether the server's order of ciphers counts, and not the client's.")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("ssl_ecdh_curve")
                        .byDefault("auto")
                        .means("The groups for the key exchange.")
                        .note("those that Java has")
                        .in(HTTP, SERVER)
                        .text(),
                in.directive("ssl_reject_handshake")
                        .byDefault("off")
                        .means("Whether the server speaks TLS with nobody.")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("ssl_verify_client")
                        .byDefault("off")
                        .means("Whether clients have to show a certificate.")
                        .in(HTTP, SERVER)
                        .word(VerifyClient.class),
                in.directive("ssl_client_certificate")
                        .means("Those who may vouch for clients; clients are told of them.")
                        .in(HTTP, SERVER)
                        .read(new Readers.Line()),
                in.directive("ssl_ocsp")
                        .byDefault("off")
                        .means("Whether somebody is asked if a client's certificate is revoked.")
                        .in(HTTP, SERVER)
                        .word(OcspSettings.For.class),
                in.directive("ssl_ocsp_responder")
                        .means("Who is asked, rather than whom the certificate names.")
                        .in(HTTP, SERVER)
                        .read(new Readers.Line()),
                in.directive("ssl_ocsp_cache")
                        .otherwise("off")
                        .means("Keeps what has been answered.")
                        .in(HTTP, SERVER)
                        .read(new OcspSettings.CacheReader()),
                in.directive("ssl_buffer_size")
                        .byDefault("16k")
                        .means("How much content a record holds at most.")
                        .in(HTTP, SERVER)
                        .size(),
                in.directive("ssl_dhparam")
                        .means("The parameters for DHE ciphers.")
                        .note("ignored with a warning: DHE ciphers are not spoken")
                        .in(HTTP, SERVER)
                        .read(new Readers.Line()),
                in.directive("ssl_early_data")
                        .byDefault("off")
                        .means("Whether requests may come with the handshake (0-RTT).")
                        .note(
                                "`on` is ignored with nginx's warning where it cannot: such requests come after the handshake")
                        .in(HTTP, SERVER)
                        .flag());
    }

    boolean isOn() {
        return ssl != null && ssl.arg(0).equalsIgnoreCase("on");
    }

    /** Whether the certificate is the one for localhost that is made here. */
    boolean isLocal() {
        return certificates.isEmpty()
                && hopCertificate != null
                && hopCertificate.arg(0).equalsIgnoreCase("on");
    }

    private static final class Obsolete implements ValueReader<Directive> {
        @Override
        public Directive read(Scope scope, Directive d, Directive former) throws ConfException {
            Values.flag(d);
            Build.of(scope)
                    .warn("the \"ssl\" directive is deprecated, use the \"listen ... ssl\" directive instead in "
                            + d.place());
            return d;
        }
    }

    private static final class FlagLine implements ValueReader<Directive> {
        @Override
        public Directive read(Scope scope, Directive d, Directive former) throws ConfException {
            Values.flag(d);
            return d;
        }
    }
}
