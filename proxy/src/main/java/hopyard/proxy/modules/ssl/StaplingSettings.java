package hopyard.proxy.modules.ssl;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;

/**
 * Whether a server sends with its certificate what a responder says of it (RFC 6066 §8).
 *
 * @param responder the line {@code ssl_stapling_responder}
 * @param verifies a response is always looked at, whatever this says
 */
record StaplingSettings(boolean isOn, Directive file, Directive responder, boolean verifies) {

    static final Settings<StaplingSettings> SETTINGS = Settings.of(StaplingSettings::new);

    StaplingSettings(SettingsReader in) {
        this(
                in.directive("ssl_stapling")
                        .byDefault("off")
                        .means("Whether clients are shown what a responder said of the server's certificate.")
                        .note("of several certificates, the first one's")
                        .in(HTTP, SERVER)
                        .flag(),
                in.directive("ssl_stapling_file")
                        .means("The responder's answer, as `openssl ocsp -respout` writes it.")
                        .in(HTTP, SERVER)
                        .read(new Readers.Line()),
                in.directive("ssl_stapling_responder")
                        .means("Who is asked, rather than whom the certificate names.")
                        .in(HTTP, SERVER)
                        .read(new Readers.Line()),
                in.directive("ssl_stapling_verify")
                        .byDefault("off")
                        .means("Whether the answer is looked at before it is sent.")
                        .note("it always is")
                        .in(HTTP, SERVER)
                        .flag());
    }
}
