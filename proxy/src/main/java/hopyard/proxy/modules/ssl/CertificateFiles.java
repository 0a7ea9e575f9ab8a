package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.Staple;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Loads certificates, keys and lists of what is revoked, with nginx's messages.
 *
 * @param directory the one that names are relative to
 * @param passwords the pass phrases that keys may have
 */
public record CertificateFiles(Surroundings around, Path directory, List<String> passwords) {

    /** What a name begins with that is a certificate or key itself, and no file's name. */
    private static final String DATA = "data:";

    /** What a name begins with that stands for a key in a device. */
    private static final String ENGINE = "engine:";

    private static final String NO_SUCH_FILE = "10000080:BIO routines::no such file";

    /** The lengths of keys for session tickets, in bytes: with AES of 128 and of 256 bits. */
    private static final int MIN_TICKET_KEY = 48;

    private static final int MAX_TICKET_KEY = 80;

    /** Returns the file that a directive's text names. */
    Path path(String name, Directive d) throws ConfException {
        return Paths.under(directory, name, d);
    }

    /** Returns the certificate and the key in two files. */
    Keys.Pair pair(Path certificate, Path key) throws ConfException {
        return pair(certificate.toString(), key.toString());
    }

    /**
     * Returns a certificate and its key.
     *
     * @param certificate the name of a file, or what {@code data:} stands before
     * @param key the same
     * @throws ConfException if one of them cannot be loaded, or they do not belong together
     */
    public Keys.Pair pair(String certificate, String key) throws ConfException {
        return pair(certificate, key, "SSL_CTX_use_PrivateKey");
    }

    /** The same for one handshake only. */
    Keys.Pair pairForOne(String certificate, String key) throws ConfException {
        return pair(certificate, key, "SSL_use_PrivateKey");
    }

    /** @param function the one of OpenSSL that nginx calls for it */
    private Keys.Pair pair(String certificate, String key, String function) throws ConfException {
        List<X509Certificate> chain = certificates(certificate);
        PrivateKey its = key(key);
        try {
            Pem.checkPair(chain.get(0), its);
        } catch (KeyException e) {
            throw ConfException.anywhere(function + "(\"" + shown(key)
                    + "\") failed (SSL: error:05800074:x509 certificate routines::" + e.getMessage() + ")");
        } catch (GeneralSecurityException e) {
            throw ConfException.anywhere(function + "(\"" + shown(key) + "\") failed (" + e.getMessage() + ")");
        }
        return new Keys.Pair(chain, its);
    }

    private static String shown(String name) {
        return name.startsWith(DATA) ? DATA + "..." : name;
    }

    private String text(String name) throws IOException {
        return name.startsWith(DATA)
                ? name.substring(DATA.length())
                : around.read(Paths.under(directory, name), Pem.MAX_BYTES);
    }

    private List<X509Certificate> certificates(String name) throws ConfException {
        try {
            String text = text(name);
            if (!text.contains("-----BEGIN ") || !text.contains("CERTIFICATE-----")) {
                throw new CertificateException("PEM_read_bio_X509_AUX() failed (SSL: error:0480006C:PEM routines::"
                        + "no start line:Expecting: TRUSTED CERTIFICATE)");
            }
            return Pem.certificates(text);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere("cannot load certificate \"" + shown(name) + "\": " + why(name, e));
        }
    }

    private PrivateKey key(String name) throws ConfException {
        if (name.startsWith(ENGINE)) {
            throw ConfException.anywhere(
                    "cannot load certificate key \"" + name + "\": engines of OpenSSL are not supported by hopyard");
        }
        try {
            return Pem.key(text(name), passwords);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere("cannot load certificate key \"" + shown(name) + "\": " + why(name, e));
        }
    }

    /** Returns the response of OCSP in a directive's file; {@code null} if there is no directive, or it is empty. */
    Staple staple(Directive d) throws ConfException {
        if (d == null || d.arg(0).isEmpty()) {
            return null;
        }
        Path file = path(d.arg(0), d);
        try {
            Staple staple = new Staple(around.read(file, Staple.MAX_BYTES));
            if (!staple.isComplete()) {
                String why = staple.response().startsWith("0")
                        ? " (SSL: error:0680008E:asn1 encoding routines::not enough data)"
                        : " (SSL: error:068000A8:asn1 encoding routines::wrong tag"
                                + " error:0688010A:asn1 encoding routines::nested asn1 error:Type=OCSP_RESPONSE)";
                throw ConfException.anywhere("d2i_OCSP_RESPONSE_bio(\"" + file + "\") failed"
                        + (staple.response().isEmpty() ? "" : why));
            }
            return staple;
        } catch (NoSuchFileException e) {
            throw ConfException.anywhere(
                    "BIO_new_file(\"" + file + "\") failed (SSL: " + missing(file.toString(), "rb"));
        } catch (IOException e) {
            throw ConfException.anywhere("BIO_new_file(\"" + file + "\") failed (" + SystemErrors.text(e) + ")");
        }
    }

    /**
     * Returns the key of session tickets in a directive's file, as a byte string.
     *
     * @throws ConfException if it is none
     */
    String ticketKey(Directive d) throws ConfException {
        Path file = path(d.arg(0), d);
        try {
            String key = around.read(file, MAX_TICKET_KEY + 1);
            if (key.length() != MIN_TICKET_KEY && key.length() != MAX_TICKET_KEY) {
                throw wrongLength(d, file);
            }
            return key;
        } catch (NoSuchFileException e) {
            throw d.error(SystemErrors.open(file.toString(), e));
        } catch (IOException e) {
            throw wrongLength(d, file);
        }
    }

    private static ConfException wrongLength(Directive d, Path file) {
        return d.error("\"" + file + "\" must be " + MIN_TICKET_KEY + " or " + MAX_TICKET_KEY + " bytes");
    }

    /**
     * Looks at parameters for DHE, which are of no use here.
     *
     * @throws ConfException if they are none
     */
    void checkParameters(Directive d) throws ConfException {
        Path file = path(d.arg(0), d);
        try {
            if (!around.read(file, Pem.MAX_BYTES).contains("-----BEGIN DH PARAMETERS-----")) {
                throw ConfException.anywhere("PEM_read_bio_DHparams(\"" + file
                        + "\") failed (SSL: error:0480006C:PEM routines::no start line:Expecting: DH PARAMETERS)");
            }
        } catch (NoSuchFileException e) {
            throw ConfException.anywhere(
                    "BIO_new_file(\"" + file + "\") failed (SSL: " + missing(file.toString(), "r"));
        } catch (IOException e) {
            throw ConfException.anywhere("BIO_new_file(\"" + file + "\") failed (" + SystemErrors.text(e) + ")");
        }
    }

    /** Says what is wrong with a file, in OpenSSL's words where it is missing. */
    private static String why(String name, Exception e) {
        if (e instanceof NoSuchFileException) {
            return "BIO_new_file() failed (SSL: " + missing(name, "r");
        }
        return e instanceof IOException io ? SystemErrors.text(io) : e.getMessage();
    }

    private static String missing(String name, String mode) {
        return missing(name, mode, NO_SUCH_FILE) + ")";
    }

    /** @param error what OpenSSL says in the end */
    static String missing(String name, String mode, String error) {
        return "error:80000002:system library::No such file or directory:calling fopen(" + name + ", " + mode
                + ") error:" + error;
    }

    /** Whether a file can be read. */
    boolean has(Path file) {
        try {
            around.read(file, Pem.MAX_BYTES);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the certificates in a directive's file; none if there is no directive, or it is empty. */
    List<X509Certificate> trusted(Directive d) throws ConfException {
        return all(d, Pem::certificates, "SSL_CTX_load_verify_locations");
    }

    /** Returns the lists in a directive's file; none if there is no directive, or it is empty. */
    List<X509CRL> revoked(Directive d) throws ConfException {
        return all(d, Pem::lists, "X509_LOOKUP_load_file");
    }

    private interface Parser<T> {
        List<T> parse(String pem) throws GeneralSecurityException;
    }

    /** @param function the one of OpenSSL that nginx calls for it */
    private <T> List<T> all(Directive d, Parser<T> parser, String function) throws ConfException {
        if (d == null || d.arg(0).isEmpty()) {
            return List.of();
        }
        Path file = path(d.arg(0), d);
        try {
            return parser.parse(around.read(file, Pem.MAX_BYTES));
        } catch (NoSuchFileException e) {
            throw ConfException.anywhere(function + "(\"" + file + "\") failed (SSL: "
                    + missing(file.toString(), "r", NO_SUCH_FILE)
                    + " error:05880002:x509 certificate routines::system lib)");
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere(function + "(\"" + file + "\") failed ("
                    + (e instanceof IOException io ? SystemErrors.text(io) : e.getMessage()) + ")");
        }
    }
}
