package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a responder says of a certificate (RFC 6960 §4.2). */
public enum OcspResponse {
    GOOD,
    REVOKED,
    /** The response says nothing of use: its signature, its time or its subject are wrong. */
    USELESS;

    /** Reads a response about a certificate of an issuer. */
    public static OcspResponse of(byte[] response, X509Certificate certificate, X509Certificate issuer) {
        try {
            CertPathValidator validator = CertPathValidator.getInstance("PKIX");
            PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
            checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK));
            // with the response at hand, Java asks nobody
            checker.setOcspResponses(Map.of(certificate, response));
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
            parameters.setRevocationEnabled(false);
            parameters.addCertPathChecker(checker);
            validator.validate(
                    CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)), parameters);
            return GOOD;
        } catch (CertPathValidatorException e) {
            return e.getReason() == BasicReason.REVOKED ? REVOKED : USELESS;
        } catch (GeneralSecurityException e) {
            return USELESS;
        }
    }
}
