package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Setting;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.server.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The settings that TLS has with clients ({@code ssl_…}) and with upstreams ({@code proxy_ssl_…}).
 *
 * @param passwords the pass phrases of keys
 * @param suites the cipher suites before TLS 1.3, in OpenSSL's language; {@code null} if nothing is said
 * @param commands the lines {@code ssl_conf_command}
 * @param trusted the file of those who may vouch for others
 * @param crl the file of what is revoked
 */
public record TlsSettings(
        List<String> passwords,
        List<String> protocols,
        String suites,
        List<Directive> commands,
        Directive trusted,
        Directive crl,
        int depth) {

    /** With clients. */
    static final Settings<TlsSettings> WITH_CLIENTS = Settings.of("ssl", in -> new TlsSettings(in, true));

    /**
     * Returns those with the upstreams of a module.
     *
     * @param prefix what the names of the directives begin with
     */
    public static Settings<TlsSettings> withUpstreams(String prefix) {
        return Settings.of(prefix, in -> new TlsSettings(in, false));
    }

    /** The largest file of pass phrases, in bytes. */
    private static final long MAX_PASSWORDS = 4096;

    private TlsSettings(SettingsReader in, boolean withClients) {
        this(
                where(in.directive("*_password_file"), withClients)
                        .means("The pass phrases of keys, one in each line.")
                        .read(new PasswordFile(), List.of()),
                where(in.directive("*_protocols"), withClients)
                        .otherwise("TLSv1.2 TLSv1.3")
                        .means("The versions of TLS that are spoken.")
                        .note("TLS 1.2 and 1.3; older ones are left out with a warning"
                                + (withClients ? "; each server has its own, as in nginx 1.29.2" : ""))
                        .args(1, Command.ANY)
                        .read(new TlsProtocols(), TlsProtocols.DEFAULT),
                where(in.directive("*_ciphers"), withClients)
                        .otherwise(withClients ? "HIGH:!aNULL:!MD5" : "DEFAULT")
                        .means("The cipher suites before TLS 1.3, in OpenSSL's language.")
                        .note(
                                withClients
                                        ? "ECDHE and RSA with AES and ChaCha20; no DHE, ARIA, Camellia, CCM, PSK"
                                        : "no ARIA, Camellia, CCM, PSK")
                        .text(),
                where(in.directive("*_conf_command"), withClients)
                        .means("A command of OpenSSL's configuration.")
                        .note(
                                "`Options` (`SessionTicket`, `ServerPreference`, `PrioritizeChaCha`), `Protocol`, `MinProtocol`, `MaxProtocol`,"
                                        + " `CipherString`, `Ciphersuites`, `Curves`, `Groups`, `Certificate`, `PrivateKey`; others are refused")
                        .args(2, 2)
                        .read(new Lines(), List.of()),
                where(in.directive("*_trusted_certificate"), withClients)
                        .means("Those who may vouch for certificates of the other side.")
                        .read(new Readers.Line()),
                where(in.directive("*_crl"), withClients)
                        .means("The certificates that are revoked.")
                        .read(new Readers.Line()),
                where(in.directive("*_verify_depth"), withClients)
                        .byDefault("1")
                        .means("How many certificates may stand between one and the root.")
                        .number());
    }

    /** Whether nobody is named who may vouch for the other side. */
    public boolean lacksTrust() {
        return trusted == null || trusted.arg(0).isEmpty();
    }

    private static Setting where(Setting setting, boolean withClients) {
        return withClients ? setting.in(Context.HTTP, Context.SERVER) : setting;
    }

    private static final class PasswordFile implements ValueReader<List<String>> {
        @Override
        public List<String> read(Scope scope, Directive d, List<String> former) throws ConfException {
            Build build = Build.of(scope);
            Path file = Paths.under(Reading.of(scope).configurationDirectory(), d, 0);
            try {
                return Reading.of(scope)
                        .surroundings()
                        .readOnce(file, MAX_PASSWORDS)
                        .lines()
                        .toList();
            } catch (IOException e) {
                throw d.error(SystemErrors.open(file.toString(), e));
            }
        }
    }
}
