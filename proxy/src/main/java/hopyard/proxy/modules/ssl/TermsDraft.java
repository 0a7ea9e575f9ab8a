package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.tls.CipherList;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.NamedGroups;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** On which terms TLS is to be spoken, while the directives are looked at one after the other. */
final class TermsDraft {

    /** The suites of TLS 1.3, in OpenSSL's order. */
    private static final List<String> SUITES_OF_TLS_1_3 =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");

    private static final String UNKNOWN = "error:0A000182:SSL routines::unknown cmd name:cmd=";
    private static final String BAD_VALUE = "error:0A000180:SSL routines::bad value:cmd=";
    private static final String NO_MATCH = "error:0A0000B9:SSL routines::no cipher match";

    /** What a server speaks if nothing is said. */
    private static final String BY_DEFAULT = "HIGH:!aNULL:!MD5";

    final boolean isServer;
    /** The certificates, in the order in which they were given: of one kind of key, the last one counts. */
    final List<Keys.Pair> pairs = new ArrayList<>();

    Set<String> protocols;
    private List<String> suites;
    private List<String> newSuites = SUITES_OF_TLS_1_3;
    List<String> groups;
    boolean prefersOwn;
    boolean usesTickets = true;
    /** Whether a client that would like ChaCha20 best gets it, although the server has another order. */
    boolean prioritizesChaCha;

    private Path certificate;
    /** The suites, once somebody has asked for them: a start does without. */
    private volatile List<String> all;

    /**
     * @throws ConfException if none of the cipher suites can be spoken, which matters only where TLS is, as in nginx
     */
    TermsDraft(TlsSettings settings, boolean isServer) throws ConfException {
        this.isServer = isServer;
        protocols = new TreeSet<>(settings.protocols());
        if (settings.suites() != null) {
            suites = CipherList.spoken(settings.suites(), isServer);
            String why =
                    CipherList.isValid(settings.suites()) ? NO_MATCH : "error:0A000118:SSL routines::invalid command";
            if (suites.isEmpty() || why != NO_MATCH) {
                throw ConfException.anywhere(
                        "SSL_CTX_set_cipher_list(\"" + settings.suites() + "\") failed (SSL: " + why + ")");
            }
        }
    }

    /** Obeys a command of OpenSSL's configuration, whose name may be in any case. */
    void obey(Directive command, CertificateFiles files, Build build) throws ConfException {
        String value = command.arg(1);
        switch (command.arg(0).toLowerCase(Locale.ROOT)) {
            case "options" -> options(value, command, build);
            case "protocol" -> versions(value, command);
            case "minprotocol" -> bound(value, command, true);
            case "maxprotocol" -> bound(value, command, false);
            case "cipherstring" -> {
                suites = CipherList.spoken(value, isServer);
                if (suites.isEmpty()) {
                    throw failed(command, NO_MATCH + " " + bad(command));
                }
            }
            case "ciphersuites" -> {
                newSuites = List.of(value.split(":"));
                if (!SUITES_OF_TLS_1_3.containsAll(newSuites)) {
                    throw failed(command, NO_MATCH + " " + bad(command));
                }
            }
            case "curves", "groups" -> {
                groups = NamedGroups.parse(value);
                if (groups == null) {
                    throw failed(command, noGroup(value) + bad(command));
                }
            }
            case "certificate" -> {
                certificate = files.path(value, command);
                if (!files.has(certificate)) {
                    throw failed(
                            command,
                            CertificateFiles.missing(certificate.toString(), "r", "10080002:BIO routines::system lib")
                                    + " error:0A080002:SSL routines::system lib " + bad(command));
                }
            }
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
                    "chaincastore",
                    "verifycafile",
                    "verifycapath",
                    "verifycastore",
                    "requestcafile",
                    "requestcapath",
                    "requestcastore",
                    "clientcafile",
                    "clientcapath",
                    "clientcastore" -> throw refused(command);
            default -> throw failed(command, UNKNOWN + command.arg(0));
        }
    }

    /** Says which group of a list there is not, with a blank behind it; empty where the list is. */
    static String noGroup(String list) {
        String unknown = NamedGroups.unknown(list);
        return unknown.isEmpty()
                ? ""
                : "error:0A080106:SSL routines::passed invalid argument:group '" + unknown + "' cannot be set ";
    }

    private static String bad(Directive command) {
        return BAD_VALUE + command.arg(0) + ", value=" + command.arg(1);
    }

    private static ConfException failed(Directive command, String why) {
        return told(command, "SSL: " + why);
    }

    private static ConfException refused(Directive command) {
        return told(command, "not supported by hopyard");
    }

    private static ConfException told(Directive command, String why) {
        return ConfException.anywhere(
                "SSL_CONF_cmd(\"" + command.arg(0) + "\", \"" + command.arg(1) + "\") failed (" + why + ")");
    }

    private void options(String value, Directive command, Build build) throws ConfException {
        for (String each : value.split(",")) {
            String option = each.strip();
            switch (ConfOptions.of(option, isServer)) {
                case OBEYED -> set(ConfOptions.name(option), ConfOptions.isOn(option));
                case UNKNOWN -> throw failed(command, bad(command));
                case REFUSED -> throw refused(command);
                case IGNORED ->
                    build.warn("\"" + command.name() + "\" option \"" + option + "\" is not supported, ignored in "
                            + command.place());
                case SO_ALREADY -> {
                    // there is nothing to do
                }
            }
        }
    }

    private void set(String option, boolean isOn) {
        switch (option) {
            case "sessionticket" -> usesTickets = isOn;
            case "serverpreference" -> prefersOwn = isOn;
            default -> prioritizesChaCha = isOn;
        }
    }

    private void versions(String value, Directive command) throws ConfException {
        protocols = new TreeSet<>();
        for (String each : value.split(",")) {
            String name = each.replaceFirst("^[+-]", "");
            List<String> meant =
                    name.equalsIgnoreCase("ALL") ? TlsProtocols.KNOWN : Arrays.asList(TlsProtocols.known(name));
            if (meant.stream().anyMatch(Objects::isNull)) {
                throw failed(command, bad(command));
            }
            if (each.startsWith("-")) {
                protocols.removeAll(meant);
            } else {
                protocols.addAll(meant);
            }
        }
        checkProtocols(command);
    }

    private void bound(String value, Directive command, boolean isLower) throws ConfException {
        if (value.equalsIgnoreCase("None")) {
            return;
        }
        int at = TlsProtocols.KNOWN.indexOf(String.valueOf(TlsProtocols.known(value)));
        if (at < 0) {
            throw failed(command, bad(command));
        }
        protocols.removeIf(
                each -> isLower ? TlsProtocols.KNOWN.indexOf(each) < at : TlsProtocols.KNOWN.indexOf(each) > at);
        checkProtocols(command);
    }

    private void checkProtocols(Directive command) throws ConfException {
        if (protocols.stream().noneMatch(TlsProtocols.DEFAULT::contains)) {
            throw told(command, "no version is left that is spoken: there are TLSv1.2 and TLSv1.3");
        }
    }

    /** Returns what stands for the cipher suites: equal if they are the same. */
    Object suitesAsSaid() {
        return List.of(String.valueOf(suites), newSuites);
    }

    /** Returns IANA's names of all suites; {@code null} for the engine's choice, which a client's side has. */
    List<String> allSuites() {
        if (!isServer && suites == null && newSuites == SUITES_OF_TLS_1_3) {
            return null;
        }
        List<String> its = all;
        if (its == null) {
            List<String> old = suites == null ? CipherList.spoken(isServer ? BY_DEFAULT : "DEFAULT", isServer) : suites;
            its = Stream.concat(newSuites.stream(), old.stream()).toList();
            all = its;
        }
        return its;
    }

    /** Returns the same with ChaCha20 ahead of all others. */
    List<String> suitesWithChaChaFirst() {
        List<String> all = new ArrayList<>(allSuites());
        all.sort((one, other) -> Boolean.compare(other.contains("CHACHA20"), one.contains("CHACHA20")));
        return all;
    }
}
