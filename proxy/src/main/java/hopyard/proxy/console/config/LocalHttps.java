package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import hopyard.proxy.authority.LocalCertificate;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.exchanges.TlsView;
import hopyard.proxy.record.TlsUse;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;

/** {@code https} and {@code authority.pem}: the certificate for localhost, why browsers warn of it, how to trust it. */
public final class LocalHttps {

    /**
     * How a system is told to trust the authority, and to do so no more. {@code NAME} stands for the authority's name.
     */
    private record Way(String system, String trust, String takeBack) {}

    private static final List<Way> WAYS = List.of(
            new Way("curl", "curl --cacert hopyard.pem https://localhost/whoami", ""),
            new Way(
                    "Linux: Chromium, Chrome (libnss3-tools has certutil; for a snap, ~/snap/chromium/current/.pki/nssdb)",
                    "mkdir -p ~/.pki/nssdb; certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n \"NAME\" -i hopyard.pem",
                    "certutil -d sql:$HOME/.pki/nssdb -D -n \"NAME\""),
            new Way(
                    "Linux: curl, wget and others (Debian, Ubuntu)",
                    "sudo cp hopyard.pem /usr/local/share/ca-certificates/hopyard.crt && sudo update-ca-certificates",
                    "sudo rm /usr/local/share/ca-certificates/hopyard.crt && sudo update-ca-certificates --fresh"),
            new Way(
                    "Firefox",
                    "Settings, Privacy & Security, View Certificates, Authorities, Import: hopyard.pem, to identify websites",
                    "the same list: Hopyard playground, NAME, Delete or Distrust"),
            new Way(
                    "macOS: Safari, Chrome",
                    "security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db hopyard.pem",
                    "security delete-certificate -t -c \"NAME\" ~/Library/Keychains/login.keychain-db"),
            new Way(
                    "Windows: Edge, Chrome",
                    "certutil -user -addstore Root hopyard.pem",
                    "certutil -user -delstore Root \"NAME\""));

    private static final String WHY = """
            A browser warns of this certificate ("Your connection is not private", "Potential Security Risk Ahead"),
            because it does not know who vouches for it. The connection is encrypted all the same, but the browser
            cannot tell who is at its other end. On the Internet an authority vouches for a site, and the makers of
            browsers trust that authority. None of those vouches for localhost. So this proxy has made an authority of
            its own, at its first start, and only who is told to trusts it.
            """;

    private static final String RISK = """
            To trust it: whoever gets hold of its key, which is in the file beside it, could pass for localhost at your
            browser, and for nobody else; the authority cannot vouch for other names. Compare the fingerprint first:
            openssl x509 -noout -fingerprint -sha256 -in hopyard.pem
            """;

    private static final String END = """
            To be rid of it: take the trust back, remove the directory, and the next start makes another authority
            (with Docker: docker compose down -v). A certificate of your own needs two lines in nginx.conf, as in nginx:
            ssl_certificate FILE; ssl_certificate_key FILE;
            """;

    private static final String NONE =
            "No certificate is made here: no \"hop_certificate on;\" is in force at a port that is listened on.";

    /** The authority's file in the container that docker-compose.yml makes. */
    private static final Path IN_DOCKER = Path.of("/var/lib/hopyard/authority.pem");

    private final ConsoleContext context;

    public LocalHttps(ConsoleContext context) {
        this.context = context;
    }

    private static X509Certificate authority(LocalCertificate its) throws Refusal {
        try {
            X509Certificate authority = its.authority();
            if (authority != null) {
                return authority;
            }
        } catch (IOException e) {
            // as if it were not there: the next start says what is wrong with it
        }
        throw new Refusal(404, "the authority's certificate is gone; a reload makes one");
    }

    /** Answers for {@code https}. */
    public Answer answer(ConsoleRequest request) throws Refusal {
        LocalCertificate its = LocalCertificate.of(context.configuration());
        TlsUse here = TlsUse.of(request.exchange().client().tls());
        if (its == null) {
            return Answer.of(
                    request,
                    () -> Json.object().put("why", NONE).set("connection", TlsView.full(here)),
                    () -> NONE + "\n" + connection(here));
        }
        X509Certificate authority = authority(its);
        try {
            X509Certificate leaf = its.certificate();
            return Answer.of(
                    request,
                    () -> json(its, authority, leaf).set("connection", TlsView.full(here)),
                    () -> text(its, authority, leaf) + connection(here));
        } catch (ConfException e) {
            throw new Refusal(503, e.getMessage());
        }
    }

    /** Answers for {@code authority.pem}. */
    public Answer file(ConsoleRequest request) throws Refusal {
        LocalCertificate its = LocalCertificate.of(context.configuration());
        if (its == null) {
            throw new Refusal(404, NONE);
        }
        authority(its);
        return new Answer(200, "application/x-x509-ca-cert", AnswerContent.text(() -> {
            try {
                return Files.readString(its.authorityFile());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }

    private static ObjectNode json(LocalCertificate its, X509Certificate authority, X509Certificate leaf) {
        ObjectNode out = Json.object();
        out.put("why", flat(WHY));
        out.put("risk", flat(RISK));
        out.put("end", flat(END));
        out.putObject("authority")
                .put("name", name(authority))
                .put("file", its.authorityFile().toString())
                .put("until", until(authority))
                .put("copy", copy(its))
                .put("sha256", fingerprint(authority));
        ObjectNode certificate = out.putObject("certificate");
        certificate.put("until", until(leaf));
        certificate.set("names", Json.array(names(leaf), TextNode::valueOf));
        ArrayNode ways = out.putArray("ways");
        for (Way each : WAYS) {
            ways.addObject()
                    .put("system", each.system)
                    .put("trust", filled(each.trust, authority))
                    .put("takeBack", filled(each.takeBack, authority));
        }
        return out;
    }

    private static String text(LocalCertificate its, X509Certificate authority, X509Certificate leaf) {
        StringBuilder out = new StringBuilder(WHY)
                .append("\nauthority    ")
                .append(name(authority))
                .append(", until ")
                .append(until(authority))
                .append("\nSHA-256      ")
                .append(fingerprint(authority))
                .append("\nfile         ")
                .append(its.authorityFile())
                .append("\ncertificate  for ")
                .append(String.join(", ", names(leaf)))
                .append(", until ")
                .append(until(leaf))
                .append("; made anew 30 days before that\n\n")
                .append(RISK)
                .append("\nThe file for the commands below, which the console gives, too, as authority.pem:\n    ")
                .append(copy(its))
                .append('\n');
        for (Way each : WAYS) {
            out.append('\n')
                    .append(each.system)
                    .append("\n    ")
                    .append(filled(each.trust, authority))
                    .append('\n');
            if (!each.takeBack.isEmpty()) {
                out.append("  back again:\n    ")
                        .append(filled(each.takeBack, authority))
                        .append('\n');
            }
        }
        return out.append('\n').append(END).toString();
    }

    /** What is spoken on the connection that this was asked on. */
    private static String connection(TlsUse here) {
        return here == null
                ? "\nYou have asked this without TLS.\n"
                : "\nYou have asked this on\n    " + String.join("\n    ", TlsView.lines(here)) + "\n";
    }

    private static String flat(String lines) {
        return lines.strip().replace('\n', ' ');
    }

    /** Returns the command that brings the file to whoever asks, who is outside of the container if it is in one. */
    private static String copy(LocalCertificate its) {
        return its.authorityFile().equals(IN_DOCKER)
                ? "docker compose cp proxy:" + its.authorityFile() + " hopyard.pem"
                : "cp \"" + its.authorityFile() + "\" hopyard.pem";
    }

    private static String filled(String text, X509Certificate authority) {
        return text.replace("NAME", name(authority));
    }

    /** Returns the names and addresses that a certificate is for. */
    private static List<String> names(X509Certificate leaf) {
        try {
            return leaf.getSubjectAlternativeNames().stream()
                    .map(each -> named(each.get(1).toString()))
                    .toList();
        } catch (CertificateParsingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns an address as people write it, where Java has all of its zeros; a name as it is. */
    private static String named(String name) {
        InetAddress address = Addresses.literal(name);
        return address == null ? name : Addresses.host(address);
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName().replaceFirst(".*CN=([^,]*).*", "$1");
    }

    /** Returns the last day on which a certificate is good. */
    private static String until(X509Certificate certificate) {
        return LocalDate.ofInstant(certificate.getNotAfter().toInstant(), ZoneOffset.UTC)
                .toString();
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
