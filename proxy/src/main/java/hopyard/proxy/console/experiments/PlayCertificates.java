package hopyard.proxy.console.experiments;

import hopyard.proxy.authority.PlayAuthority;
import hopyard.proxy.authority.PlayAuthority.Made;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Certificates to play with, by their ids, and the authorities that have made them, by their names. nginx.conf wants
 * files, so they are in a directory that nobody else can read; each is removed after a while, and all at the process's
 * end.
 */
public final class PlayCertificates {

    private static final char[] NO_PASSWORD = {};

    private final Map<String, PlayAuthority> authorities = new TreeMap<>();
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private Path directory;
    private int last;

    /**
     * One of them.
     *
     * @param authority the file with the certificate of the authority that has made it
     * @param file the certificate
     * @param key the file with its key
     * @param closesAt when it is removed, on the scale of {@link System#nanoTime()}
     */
    record Kept(String id, String by, Made made, Path authority, Path file, Path key, long closesAt) {

        /** For a client that shows it. */
        KeyManager[] keyManagers() {
            return new KeyManager[] {new OneKey(made.certificate(), made.key())};
        }
    }

    /** How many there are. */
    synchronized int size() {
        return kept.size();
    }

    synchronized List<Kept> all() {
        return List.copyOf(kept.values());
    }

    /** Returns one; {@code null} if there is none of that id. */
    synchronized Kept find(String id) {
        return kept.get(id);
    }

    /** The names of the authorities that there are. */
    synchronized Set<String> authorities() {
        return Set.copyOf(authorities.keySet());
    }

    /**
     * Makes a certificate.
     *
     * @param by the authority's name; one that is new is made
     * @param hosts the hosts that it is for; none for a client's
     * @param closesAt see {@link Kept}
     * @throws IOException if the files cannot be written
     */
    synchronized Kept make(String by, String common, List<String> hosts, Instant from, Instant until, long closesAt)
            throws IOException {
        try {
            PlayAuthority authority = authorities.get(by);
            if (authority == null) {
                authority = new PlayAuthority("Hopyard play authority " + by);
                authorities.put(by, authority);
            }
            Made made = authority.make(common, hosts, from, until);
            String id = "c" + ++last;
            Kept one = new Kept(
                    id,
                    by,
                    made,
                    write("authority-" + by + ".pem", authority.pem()),
                    write(id + ".pem", made.pem()),
                    write(id + ".key", made.keyPem()),
                    closesAt);
            kept.put(id, one);
            return one;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java makes no certificates", e);
        }
    }

    private Path write(String name, String text) throws IOException {
        if (directory == null) {
            directory = Files.createTempDirectory("hopyard-play");
            directory.toFile().deleteOnExit();
        }
        Path file = directory.resolve(name);
        if (Files.notExists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            file.toFile().deleteOnExit();
            Files.writeString(file, text, StandardOpenOption.WRITE);
        }
        return file;
    }

    /** Removes one, if it is still there. */
    synchronized void remove(String id) {
        Kept gone = kept.remove(id);
        if (gone != null) {
            try {
                Files.deleteIfExists(gone.file);
                Files.deleteIfExists(gone.key);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the file with an authority's certificate; {@code null} if there is none of that name. */
    synchronized Path authorityFile(String by) {
        return authorities.containsKey(by) ? directory.resolve("authority-" + by + ".pem") : null;
    }

    /** For a client that trusts an authority, and nobody else; {@code null} if there is none of that name. */
    synchronized TrustManager[] trusting(String by) throws GeneralSecurityException {
        PlayAuthority authority = authorities.get(by);
        if (authority == null) {
            return null;
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            store.setCertificateEntry("authority", authority.certificate());
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
