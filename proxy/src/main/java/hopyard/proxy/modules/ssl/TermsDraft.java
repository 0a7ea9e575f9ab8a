package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.tls.CipherList;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.NamedGroups;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** On which terms TLS is to be spoken, while the directives are looked at one after the other. */
final class TermsDraft {

    /** The suites of TLS 1.3, in OpenSSL's order. */
    private static final List<String> SUITES_OF_TLS_1_3 =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");

    private static final String UNKNOWN = "error:0A00018B:SSL routines::unknown cmd name";
    private static final String BAD_VALUE = "error:0A000180:SSL routines::bad value";

    /** The certificates, in the order in which they were given: of one kind of key, the last one counts. */
    final List<Keys.Pair> pairs = new ArrayList<>();

    Set<String> protocols;
    List<String> suites;
    List<String> newSuites = SUITES_OF_TLS_1_3;
    List<String> groups;
    boolean prefersOwn;
    boolean usesTickets = true;
    private Path certificate;

    TermsDraft(TlsSettings settings) throws ConfException {
        protocols = new TreeSet<>(settings.protocols());
        suites = settings.suites() == null ? null : settings.suites().names();
    }

    /** Obeys a command of OpenSSL's configuration, whose name may be in any case. */
    void obey(Directive command, CertificateFiles files) throws ConfException {
        String value = command.arg(1);
        switch (command.arg(0).toLowerCase(Locale.ROOT)) {
            case "options" -> options(value, command);
            case "protocol" -> versions(value, command);
            case "minprotocol" -> bound(value, command, true);
            case "maxprotocol" -> bound(value, command, false);
            case "cipherstring" -> {
                suites = CipherList.parse(value);
                if (suites.isEmpty()) {
                    throw failed(command, "error:0A0000B9:SSL routines::no cipher match " + BAD_VALUE);
                }
            }
            case "ciphersuites" -> {
                newSuites = List.of(value.split(":"));
                if (!SUITES_OF_TLS_1_3.containsAll(newSuites)) {
                    throw failed(command, "error:0A0000B9:SSL routines::no cipher match " + BAD_VALUE);
                }
            }
            case "curves", "groups" -> {
                groups = NamedGroups.parse(value);
                if (groups == null) {
                    throw failed(command, BAD_VALUE);
                }
            }
            case "certificate" -> certificate = files.path(value, command);
            case "privatekey" -> {
                Path key = files.path(value, command);
                pairs.add(files.pair(certificate == null ? key : certificate, key));
            }
            case "signaturealgorithms",
                    "clientsignaturealgorithms",
                    "ecdhparameters",
                    "dhparameters",
                    "recordpadding",
                    "numtickets",
                    "verifymode",
                    "serverinfofile",
                    "chaincafile",
                    "chaincapath",
                    "verifycafile",
                    "verifycapath",
                    "requestcafile",
                    "clientcafile",
                    "requestcapath",
                    "clientcapath" -> {
                // no effect: Java has no setting for it
            }
            default -> throw failed(command, UNKNOWN);
        }
    }

    private static ConfException failed(Directive command, String why) {
        return ConfException.anywhere(
                "SSL_CONF_cmd(\"" + command.arg(0) + "\", \"" + command.arg(1) + "\") failed (SSL: " + why + ")");
    }

    private void options(String value, Directive command) {
        for (String each : value.split(",")) {
            boolean isOn = !each.startsWith("-");
            switch (each.replaceFirst("^[+-]", "").toLowerCase(Locale.ROOT)) {
                case "sessionticket" -> usesTickets = isOn;
                case "serverpreference" -> prefersOwn = isOn;
                default -> {
                    // no effect: Java has no setting for it
                }
            }
        }
    }

    private void versions(String value, Directive command) throws ConfException {
        protocols = new TreeSet<>();
        for (String each : value.split(",")) {
            String name = each.replaceFirst("^[+-]", "");
            List<String> meant =
                    name.equalsIgnoreCase("ALL") ? TlsProtocols.KNOWN : Arrays.asList(TlsProtocols.known(name));
            if (meant.contains(null)) {
                throw failed(command, BAD_VALUE);
            }
            if (each.startsWith("-")) {
                protocols.removeAll(meant);
            } else {
                protocols.addAll(meant);
            }
        }
    }

    private void bound(String value, Directive command, boolean isLower) throws ConfException {
        if (value.equalsIgnoreCase("None")) {
            return;
        }
        int at = TlsProtocols.KNOWN.indexOf(String.valueOf(TlsProtocols.known(value)));
        if (at < 0) {
            throw failed(command, BAD_VALUE);
        }
        protocols.removeIf(
                each -> isLower ? TlsProtocols.KNOWN.indexOf(each) < at : TlsProtocols.KNOWN.indexOf(each) > at);
    }

    /** Returns the names of all suites; {@code null} for Java's choice. */
    List<String> allSuites() {
        if (suites == null && newSuites == SUITES_OF_TLS_1_3) {
            return null;
        }
        List<String> all = new ArrayList<>(newSuites);
        all.addAll(suites == null ? CipherList.parse("HIGH:!aNULL:!MD5") : suites);
        return all;
    }
}
