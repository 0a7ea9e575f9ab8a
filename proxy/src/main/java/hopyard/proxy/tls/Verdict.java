package hopyard.proxy.tls;

/**
 * What is to be said of a peer's certificate.
 *
 * @param number OpenSSL's number (x509_vfy.h)
 * @param reason OpenSSL's words
 */
public record Verdict(int number, String reason) {

    /** The certificate is right. */
    public static final Verdict OK = new Verdict(0, "ok");

    static final Verdict UNSPECIFIED = new Verdict(1, "unspecified certificate verification error");
    static final Verdict NO_ISSUER = new Verdict(2, "unable to get issuer certificate");
    static final Verdict NO_CRL = new Verdict(3, "unable to get certificate CRL");
    static final Verdict BAD_SIGNATURE = new Verdict(7, "certificate signature failure");
    static final Verdict NOT_YET_VALID = new Verdict(9, "certificate is not yet valid");
    static final Verdict EXPIRED = new Verdict(10, "certificate has expired");
    static final Verdict CRL_NOT_YET_VALID = new Verdict(11, "CRL is not yet valid");
    static final Verdict CRL_EXPIRED = new Verdict(12, "CRL has expired");
    static final Verdict SELF_SIGNED = new Verdict(18, "self-signed certificate");
    static final Verdict SELF_SIGNED_IN_CHAIN = new Verdict(19, "self-signed certificate in certificate chain");
    static final Verdict NO_LOCAL_ISSUER = new Verdict(20, "unable to get local issuer certificate");
    static final Verdict FIRST_NOT_VERIFIED = new Verdict(21, "unable to verify the first certificate");
    static final Verdict REVOKED = new Verdict(23, "certificate revoked");
    static final Verdict PATH_TOO_LONG = new Verdict(25, "path length constraint exceeded");
    static final Verdict WRONG_PURPOSE = new Verdict(26, "unsuitable certificate purpose");
    static final Verdict UNKNOWN_EXTENSION = new Verdict(34, "unhandled critical extension");
    static final Verdict CRL_UNKNOWN_EXTENSION = new Verdict(36, "unhandled critical CRL extension");
    static final Verdict WRONG_NAME = new Verdict(47, "permitted subtree violation");
    static final Verdict WEAK_DIGEST = new Verdict(68, "CA signature digest algorithm too weak");
    static final Verdict INVALID_CA = new Verdict(79, "invalid CA certificate");

    public boolean isOk() {
        return number == 0;
    }

    /** Whether only somebody is missing who vouches for the certificate, as {@code optional_no_ca} allows. */
    public boolean isOnlyUntrusted() {
        return equals(SELF_SIGNED)
                || equals(SELF_SIGNED_IN_CHAIN)
                || equals(NO_LOCAL_ISSUER)
                || equals(FIRST_NOT_VERIFIED);
    }

    /** {@code 18:self-signed certificate}. */
    @Override
    public String toString() {
        return number + ":" + reason;
    }
}
