package hopyard.proxy.tls;

import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * What a certificate says, as texts: it is kept for longer than the certificate itself, which is much larger.
 *
 * @param subject whom it is about, in the form of RFC 2253
 * @param issuer who vouches for it, in the same form
 * @param names the hosts and addresses that it is for (RFC 5280 §4.2.1.6), not more than {@value #MAX_NAMES}
 * @param moreNames how many names are left out
 * @param from from when on it is good
 * @param until until when it is good
 */
public record CertificateFacts(
        String subject, String issuer, List<String> names, int moreNames, Instant from, Instant until) {

    private static final int MAX_NAMES = 32;

    /** The longest text, in characters. What a certificate says is up to whoever has made it. */
    private static final int MAX_TEXT = 256;

    /** The kind of name that is an address, and those that are texts (RFC 5280 §4.2.1.6): mail, a host, a URI, it. */
    private static final int ADDRESS = 7;

    private static final List<Integer> KINDS = List.of(1, 2, 6, ADDRESS);

    /** Returns what a certificate says. */
    public static CertificateFacts of(X509Certificate certificate) {
        List<String> all = names(certificate);
        List<String> names =
                all.stream().limit(MAX_NAMES).map(CertificateFacts::cut).toList();
        return new CertificateFacts(
                cut(CertificateText.shown(certificate.getSubjectX500Principal())),
                cut(CertificateText.shown(certificate.getIssuerX500Principal())),
                names,
                all.size() - names.size(),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    private static List<String> names(X509Certificate certificate) {
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            return (all == null ? List.<List<?>>of() : all)
                    .stream()
                            .filter(each -> KINDS.contains(each.get(0)))
                            .map(each -> name((Integer) each.get(0), each.get(1).toString()))
                            .toList();
        } catch (CertificateParsingException e) {
            // the extension is damaged: it names nobody
            return List.of();
        }
    }

    private static String name(int kind, String text) {
        InetAddress address = kind == ADDRESS ? Addresses.literal(text) : null;
        return address == null ? text.replaceAll("\\p{Cntrl}", "?") : Addresses.host(address);
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + "…";
    }
}
