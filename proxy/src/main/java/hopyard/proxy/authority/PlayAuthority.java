package hopyard.proxy.authority;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * An authority for certificates to play with, also for such as no honest authority makes: of anybody's name, and
 * expired ones. Nobody trusts it, its key is in memory only, and it ends with the process.
 */
public final class PlayAuthority {

    private final KeyPair keys;
    private final X509Certificate certificate;

    /**
     * A certificate and its key.
     *
     * @param pem the certificate as text
     * @param keyPem the key as text
     */
    public record Made(X509Certificate certificate, PrivateKey key, String pem, String keyPem) {}

    /**
     * Makes one.
     *
     * @param name what it is called
     */
    public PlayAuthority(String name) throws GeneralSecurityException {
        keys = LocalAuthority.newKeys();
        certificate = CertificateMaker.playAuthority(keys, name, Instant.now());
    }

    /** Returns its own certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** Returns its own certificate as text. */
    public String pem() throws GeneralSecurityException {
        return LocalAuthority.pem(certificate);
    }

    /**
     * Makes a certificate.
     *
     * @param common whom it is about
     * @param hosts the hosts that it is for, if it is a server's; none for a client's
     */
    public Made make(String common, List<String> hosts, Instant from, Instant until) throws GeneralSecurityException {
        KeyPair its = LocalAuthority.newKeys();
        X509Certificate made =
                CertificateMaker.play(its.getPublic(), certificate, keys.getPrivate(), common, hosts, from, until);
        return new Made(made, its.getPrivate(), LocalAuthority.pem(made), LocalAuthority.pem(its.getPrivate()));
    }
}
