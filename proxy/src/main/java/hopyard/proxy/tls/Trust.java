package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * Judges certificates of peers in the way of OpenSSL, with its reasons: a certificate is right if a path leads from it
 * to a self-signed one that is trusted. The path is looked for among the trusted ones first, then among those that the
 * peer has sent; whether it holds (RFC 5280 §6) is for Java to say.
 *
 * @param trusted whoever may vouch for others, and those in between
 * @param crls the lists of what is revoked (RFC 5280 §5); if there is any, each certificate of a path needs one
 * @param depth how many certificates may stand between the peer's and the self-signed one
 * @param purpose what the peer's certificate has to be for
 */
public record Trust(List<X509Certificate> trusted, List<X509CRL> crls, int depth, Purpose purpose) {

    /** What a certificate is for, as its extension says (RFC 5280 §4.2.1.12). */
    public enum Purpose {
        SERVER("1.3.6.1.5.5.7.3.1"),
        CLIENT("1.3.6.1.5.5.7.3.2");

        private static final String ANY = "2.5.29.37.0";

        private final String id;

        Purpose(String id) {
            this.id = id;
        }

        private boolean isOf(X509Certificate certificate) throws CertificateParsingException {
            List<String> all = certificate.getExtendedKeyUsage();
            return all == null || all.contains(id) || all.contains(ANY);
        }
    }

    /** The longest path that is looked for. */
    private static final int MAX_PATH = 20;

    /**
     * Judges a certificate.
     *
     * @param sent what the peer has sent, its own certificate first
     */
    public Verdict judge(List<X509Certificate> sent) {
        List<X509Certificate> path = path(sent);
        Verdict verdict = ofPath(path);
        for (Verdict next : List.of(ofPurpose(path.get(0)), ofLists(path), ofTimes(path))) {
            // as in OpenSSL, the last mistake is the one that is told
            verdict = next.isOk() ? verdict : next;
        }
        return verdict;
    }

    /** Returns the path from a peer's certificate to the one that it ends at. */
    public List<X509Certificate> path(List<X509Certificate> sent) {
        List<X509Certificate> path = new ArrayList<>(List.of(sent.get(0)));
        while (path.size() < MAX_PATH && !isSelfSigned(last(path))) {
            X509Certificate issuer = issuer(last(path), trusted);
            issuer = issuer == null ? issuer(last(path), sent) : issuer;
            if (issuer == null || path.contains(issuer)) {
                break;
            }
            path.add(issuer);
        }
        return path;
    }

    private static X509Certificate last(List<X509Certificate> path) {
        return path.get(path.size() - 1);
    }

    private static X509Certificate issuer(X509Certificate of, List<X509Certificate> among) {
        X509Certificate found = null;
        for (X509Certificate each : among) {
            if (each.getSubjectX500Principal().equals(of.getIssuerX500Principal()) && hasSigned(each, of)) {
                // one that is valid now, if there are several
                if (ofTime(each).isOk()) {
                    return each;
                }
                found = found == null ? each : found;
            }
        }
        return found;
    }

    private static boolean isSelfSigned(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())
                && hasSigned(certificate, certificate);
    }

    private static boolean hasSigned(X509Certificate issuer, X509Certificate certificate) {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Judges who vouches for the certificate. */
    private Verdict ofPath(List<X509Certificate> path) {
        X509Certificate end = last(path);
        if (isSelfSigned(end)) {
            if (!trusted.contains(end)) {
                return path.size() == 1 ? Verdict.SELF_SIGNED : Verdict.SELF_SIGNED_IN_CHAIN;
            }
            if (path.size() - 2 <= depth) {
                return validated(path);
            }
            // OpenSSL has not looked any further, and knows no issuer of the last one
            return trusted.contains(path.get(depth + 1)) ? Verdict.NO_ISSUER : Verdict.NO_LOCAL_ISSUER;
        }
        if (trusted.contains(end)) {
            return Verdict.NO_ISSUER;
        }
        return path.size() == 1 ? Verdict.FIRST_NOT_VERIFIED : Verdict.NO_LOCAL_ISSUER;
    }

    private static Verdict validated(List<X509Certificate> path) {
        if (path.size() == 1) {
            return Verdict.OK;
        }
        try {
            CertPath certificates =
                    CertificateFactory.getInstance("X.509").generateCertPath(path.subList(0, path.size() - 1));
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(last(path), null)));
            // both are judged here, in OpenSSL's words
            parameters.setRevocationEnabled(false);
            parameters.setDate(new Date(Math.min(
                    System.currentTimeMillis(),
                    path.stream()
                            .mapToLong(each -> each.getNotAfter().getTime())
                            .min()
                            .getAsLong())));
            CertPathValidator.getInstance("PKIX").validate(certificates, parameters);
            return Verdict.OK;
        } catch (CertPathValidatorException e) {
            return ofReason(e);
        } catch (GeneralSecurityException e) {
            return Verdict.UNSPECIFIED;
        }
    }

    private static Verdict ofReason(CertPathValidatorException e) {
        if (e.getReason() instanceof PKIXReason reason) {
            return switch (reason) {
                case PATH_TOO_LONG -> Verdict.PATH_TOO_LONG;
                case NOT_CA_CERT, INVALID_KEY_USAGE -> Verdict.INVALID_CA;
                case UNRECOGNIZED_CRIT_EXT -> Verdict.UNKNOWN_EXTENSION;
                case INVALID_NAME -> Verdict.WRONG_NAME;
                default -> Verdict.UNSPECIFIED;
            };
        }
        if (e.getReason() instanceof CertPathValidatorException.BasicReason reason) {
            return switch (reason) {
                case EXPIRED -> Verdict.EXPIRED;
                case NOT_YET_VALID -> Verdict.NOT_YET_VALID;
                case INVALID_SIGNATURE -> Verdict.BAD_SIGNATURE;
                case ALGORITHM_CONSTRAINED -> Verdict.WEAK_DIGEST;
                default -> Verdict.UNSPECIFIED;
            };
        }
        return Verdict.UNSPECIFIED;
    }

    private Verdict ofPurpose(X509Certificate certificate) {
        try {
            return purpose.isOf(certificate) ? Verdict.OK : Verdict.WRONG_PURPOSE;
        } catch (CertificateParsingException e) {
            return Verdict.WRONG_PURPOSE;
        }
    }

    /** Judges whether a certificate of the path is revoked. */
    private Verdict ofLists(List<X509Certificate> path) {
        Verdict verdict = Verdict.OK;
        for (int i = 0; i < path.size() && !crls.isEmpty(); i++) {
            X509Certificate issuer = path.get(Math.min(i + 1, path.size() - 1));
            Verdict next = ofLists(path.get(i), issuer);
            verdict = next.isOk() ? verdict : next;
        }
        return verdict;
    }

    private Verdict ofLists(X509Certificate certificate, X509Certificate issuer) {
        Verdict verdict = Verdict.NO_CRL;
        for (X509CRL list : crls) {
            if (!list.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())
                    || !isSignedBy(list, issuer)) {
                continue;
            }
            if (list.isRevoked(certificate)) {
                return Verdict.REVOKED;
            }
            if (!verdict.isOk()) {
                verdict = ofTime(list);
            }
        }
        return verdict;
    }

    private static boolean isSignedBy(X509CRL list, X509Certificate issuer) {
        try {
            list.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Verdict ofTime(X509CRL list) {
        Date now = new Date();
        if (list.getThisUpdate().after(now)) {
            return Verdict.CRL_NOT_YET_VALID;
        }
        if (list.getNextUpdate() != null && list.getNextUpdate().before(now)) {
            return Verdict.CRL_EXPIRED;
        }
        return list.hasUnsupportedCriticalExtension() ? Verdict.CRL_UNKNOWN_EXTENSION : Verdict.OK;
    }

    private static Verdict ofTimes(List<X509Certificate> path) {
        for (X509Certificate each : path) {
            if (!ofTime(each).isOk()) {
                return ofTime(each);
            }
        }
        return Verdict.OK;
    }

    private static Verdict ofTime(X509Certificate certificate) {
        try {
            certificate.checkValidity();
            return Verdict.OK;
        } catch (CertificateException e) {
            return certificate.getNotBefore().after(new Date()) ? Verdict.NOT_YET_VALID : Verdict.EXPIRED;
        }
    }
}
