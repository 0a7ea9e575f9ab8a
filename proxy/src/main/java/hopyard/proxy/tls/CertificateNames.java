package hopyard.proxy.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** The hosts that a certificate is for (RFC 6125 §6.4), as OpenSSL's {@code X509_check_host} sees them. */
final class CertificateNames {

    /** The kind of name in {@code subjectAltName} that is a host's (RFC 5280 §4.2.1.6). */
    private static final int DNS = 2;

    private CertificateNames() {}

    /** Whether a certificate is for a host. */
    static boolean has(X509Certificate certificate, String host) {
        try {
            return names(certificate).stream().anyMatch(name -> matches(name, host));
        } catch (CertificateParsingException | InvalidNameException e) {
            return false;
        }
    }

    /** Returns the hosts in the extension; if there are none, the common names. */
    private static List<String> names(X509Certificate certificate)
            throws CertificateParsingException, InvalidNameException {
        List<String> names = new ArrayList<>();
        Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
        for (List<?> each : alternatives == null ? List.<List<?>>of() : alternatives) {
            if (each.get(0).equals(DNS)) {
                names.add((String) each.get(1));
            }
        }
        if (names.isEmpty()) {
            LdapName subject =
                    new LdapName(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
            for (Rdn each : subject.getRdns()) {
                if (each.getType().equalsIgnoreCase("CN") && each.getValue() instanceof String name) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    /**
     * Whether a name is the host, or its asterisk stands for the host's first label, of which at least two must follow.
     */
    private static boolean matches(String name, String host) {
        if (name.equalsIgnoreCase(host)) {
            return true;
        }
        int dot = host.indexOf('.');
        return name.startsWith("*.")
                && name.indexOf('.', 2) > 0
                && dot > 0
                && name.substring(1).equalsIgnoreCase(host.substring(dot));
    }
}
