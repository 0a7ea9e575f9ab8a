package hopyard.proxy.authority;

import hopyard.proxy.tls.Keys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * An authority whose certificate and key are kept in a directory, and the certificate that it has made for localhost.
 *
 * <ul>
 *   <li>{@code authority.pem}: its certificate, which people trust or do not.
 *   <li>{@code authority.key}: its certificate and its key.
 *   <li>{@code localhost.pem}: the certificate of localhost and its key. nginx takes the file for both of its
 *       directives.
 * </ul>
 *
 * A certificate is in one file with its key, so that whoever reads them gets two that belong together.
 */
final class LocalAuthority {

    /** How long before its end a certificate is made anew. */
    static final Duration AHEAD = Duration.ofDays(30);

    /** How many names a certificate takes over from the one before, together with its own. */
    private static final int MAX_NAMES = 100;

    private static final String CERTIFICATE = "authority.pem";
    private static final String AUTHORITY = "authority.key";
    private static final String LEAF = "localhost.pem";

    /** How the line begins that stands above a certificate. */
    private static final String LABEL = "hopyard: good from, due at, made by, other names: ";

    private static final String BEGIN_KEY = "-----BEGIN PRIVATE KEY-----";
    private static final String END_KEY = "-----END PRIVATE KEY-----";

    private final PrivateDirectory directory;
    private final InstantSource clock;
    private final Set<String> names = new TreeSet<>();

    LocalAuthority(Path directory, InstantSource clock) {
        this.directory = new PrivateDirectory(directory);
        this.clock = clock;
    }

    /** Has the certificate speak for one more name, which ends in {@code .localhost}. */
    void add(String name) {
        names.add(name);
    }

    /** Returns the file with the certificate that people trust. */
    Path certificateFile() {
        return directory.file(CERTIFICATE);
    }

    /**
     * Checks that nobody else has a hand in what is there, and writes nothing.
     *
     * @throws IOException if somebody has; the message says what to do
     */
    void check() throws IOException {
        directory.check();
        directory.read(AUTHORITY);
        directory.read(LEAF);
    }

    /**
     * Whether the certificate of localhost is there and good for a while yet, by what is written above it. This takes a
     * start no time: no certificate is looked at.
     *
     * @throws IOException as {@link #check}
     */
    boolean isFresh() throws IOException {
        directory.check();
        String leaf = directory.read(LEAF);
        if (leaf == null || !leaf.startsWith(LABEL) || Files.notExists(certificateFile())) {
            return false;
        }
        String[] words = leaf.substring(LABEL.length(), Math.max(LABEL.length(), leaf.indexOf('\n')))
                .split(" ");
        try {
            long now = clock.millis();
            return Long.parseLong(words[0]) <= now
                    && now < Long.parseLong(words[1])
                    && words[2].equals(end(publicText()))
                    && Set.of(words).containsAll(names);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            // somebody has edited it
            return false;
        }
    }

    /**
     * Returns what stands above a certificate: from when on it is good, when it is due, who has made it, other names.
     */
    private static String label(X509Certificate leaf, X509Certificate authority) throws CertificateException {
        Instant due = dueAt(leaf).isBefore(dueAt(authority)) ? dueAt(leaf) : dueAt(authority);
        return LABEL + leaf.getNotBefore().getTime() + " " + due.toEpochMilli() + " " + end(pem(authority))
                + namesOf(leaf).stream().map(each -> " " + each).collect(Collectors.joining()) + "\n";
    }

    /** Returns the last characters of a certificate, which are those of its signature: no two have the same. */
    private static String end(String pem) {
        int end = pem.indexOf("\n-----END");
        return pem.substring(end - 24, end);
    }

    /**
     * Returns the certificate of localhost. It is made if there is none, or if that one ends soon or lacks a name; the
     * authority is made if there is none, or if it ends soon.
     *
     * @param news is told of an authority that has been made
     * @throws IOException if that cannot be; the message says what to do
     */
    Keys.Pair leaf(Consumer<String> news) throws IOException, GeneralSecurityException {
        directory.check();
        Keys.Pair kept = kept(publicCertificate());
        if (kept != null) {
            return kept;
        }
        // a lock on a file is the whole process's
        synchronized (LocalAuthority.class) {
            return directory.alone(() -> make(news));
        }
    }

    private Keys.Pair make(Consumer<String> news) throws IOException, GeneralSecurityException {
        Keys.Pair authority = authority(news);
        X509Certificate its = authority.chain().get(0);
        if (!its.equals(publicCertificate())) {
            directory.write(CERTIFICATE, pem(its), "rw-r--r--");
        }
        // another process may have made it a moment ago
        Keys.Pair kept = kept(its);
        if (kept != null) {
            return kept;
        }
        KeyPair keys = newKeys();
        X509Certificate leaf = CertificateMaker.leaf(keys.getPublic(), its, authority.key(), names(), clock.instant());
        directory.write(LEAF, label(leaf, its) + pem(leaf) + pem(keys.getPrivate()), "rw-------");
        return new Keys.Pair(List.of(leaf), keys.getPrivate());
    }

    private Keys.Pair authority(Consumer<String> news) throws IOException, GeneralSecurityException {
        String text = directory.read(AUTHORITY);
        Keys.Pair kept = null;
        if (text != null) {
            try {
                kept = parse(text);
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new FileSystemException(
                        directory.file(AUTHORITY).toString(),
                        null,
                        "is damaged: remove it, and another authority is made, which browsers have to be told to trust");
            }
        }
        if (kept != null && !endsSoon(kept.chain().get(0))) {
            return kept;
        }
        KeyPair keys = newKeys();
        X509Certificate certificate = CertificateMaker.authority(keys, clock.instant());
        directory.write(AUTHORITY, pem(certificate) + pem(keys.getPrivate()), "rw-------");
        news.accept(
                "a certificate authority for localhost has been made, which browsers do not trust unless they are told"
                        + " to: \"" + certificateFile() + "\"");
        return new Keys.Pair(List.of(certificate), keys.getPrivate());
    }

    /**
     * Returns the certificate of localhost, if an authority has made it and it does not end soon; else {@code null}.
     */
    private Keys.Pair kept(X509Certificate by) throws IOException {
        String text = directory.read(LEAF);
        if (by == null || text == null) {
            return null;
        }
        try {
            Keys.Pair kept = parse(text);
            X509Certificate leaf = kept.chain().get(0);
            boolean isIts = leaf.getIssuerX500Principal().equals(by.getSubjectX500Principal());
            // one from a time when the clock was fast is of no use yet
            boolean isGood = !clock.instant().isBefore(leaf.getNotBefore().toInstant());
            return isIts
                            && isGood
                            && !endsSoon(leaf)
                            && !endsSoon(by)
                            && namesOf(leaf).containsAll(names)
                    ? kept
                    : null;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // damaged: nobody misses it
            return null;
        }
    }

    /**
     * Returns the names that a new certificate gets: also those of the one before, which another configuration may
     * want.
     */
    private Set<String> names() throws IOException {
        Set<String> all = new TreeSet<>(names);
        String before = directory.read(LEAF);
        try {
            Set<String> old = before == null ? Set.of() : namesOf(certificate(before));
            if (all.size() + old.size() <= MAX_NAMES) {
                all.addAll(old);
            }
        } catch (CertificateException e) {
            // damaged: it has no names
        }
        return all;
    }

    /** Returns the names of a certificate that end in {@code .localhost}, but the one that all have. */
    private static Set<String> namesOf(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        return (all == null ? List.<List<?>>of() : all)
                .stream()
                        .map(each -> each.get(1).toString())
                        .filter(each -> each.endsWith(".localhost") && !each.equals("*.localhost"))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean endsSoon(X509Certificate certificate) {
        return clock.instant().isAfter(dueAt(certificate));
    }

    /** Returns when a certificate has to be made anew. */
    static Instant dueAt(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant().minus(AHEAD);
    }

    /** Returns the certificate that people trust; {@code null} if there is none. */
    X509Certificate publicCertificate() throws IOException {
        try {
            return certificate(publicText());
        } catch (NoSuchFileException | CertificateException e) {
            return null;
        }
    }

    private String publicText() throws IOException {
        return Files.readString(certificateFile(), StandardCharsets.ISO_8859_1);
    }

    static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
        keys.initialize(new ECGenParameterSpec("secp256r1"));
        return keys.generateKeyPair();
    }

    static Keys.Pair parse(String text) throws GeneralSecurityException {
        int begin = text.indexOf(BEGIN_KEY);
        int end = text.indexOf(END_KEY, begin);
        if (begin < 0 || end < 0) {
            throw new GeneralSecurityException("no key in it");
        }
        byte[] key = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN_KEY.length(), end));
        return new Keys.Pair(
                List.of(certificate(text)), KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key)));
    }

    private static X509Certificate certificate(String text) throws CertificateException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    static String pem(X509Certificate certificate) throws CertificateException {
        return "-----BEGIN CERTIFICATE-----\n" + base64(certificate.getEncoded()) + "\n-----END CERTIFICATE-----\n";
    }

    static String pem(PrivateKey key) {
        return BEGIN_KEY + "\n" + base64(key.getEncoded()) + "\n" + END_KEY + "\n";
    }

    private static String base64(byte[] bytes) {
        return Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    }
}
