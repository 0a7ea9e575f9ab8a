package hopyard.proxy.authority;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Slots;
import hopyard.proxy.tls.Keys;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * The certificate of localhost that a configuration uses. It is there from when the configuration is put to work on,
 * and is made anew in time for as long as there are handshakes.
 */
public final class LocalCertificate {

    /** That of a configuration, in its slots. */
    public static final Slots.Key<LocalCertificate> KEY = new Slots.Key<>();

    /** The names that the authority may vouch for, beside localhost itself. */
    private static final Pattern NAME = Pattern.compile("(\\*\\.)?([a-z0-9_-]{1,63}\\.){1,4}localhost");

    /** After a failure to make it anew, how long nobody tries again. */
    private static final Duration PAUSE = Duration.ofHours(1);

    private final LocalAuthority authority;
    private final Directive line;
    private final InstantSource clock;
    private final AtomicBoolean isRenewing = new AtomicBoolean();
    private volatile ErrorLog log;
    private volatile Keys.Pair pair;
    private volatile long dueMillis;

    /**
     * @param directory where the authority and the certificate are kept
     * @param line the directive that wants it
     */
    public LocalCertificate(Path directory, Directive line, InstantSource clock) {
        this.authority = new LocalAuthority(directory, clock);
        this.line = line;
        this.clock = clock;
    }

    /**
     * Has the certificate speak for one more name, if that is one below {@code localhost}; called before it is
     * obtained.
     */
    public void add(String name) {
        if (NAME.matcher(name).matches()) {
            authority.add(name);
        }
    }

    /** Returns that of a configuration which speaks TLS at some address; {@code null} for none. */
    public static LocalCertificate of(Configuration configuration) {
        boolean speaksTls = configuration.endpoints().stream().anyMatch(each -> each.tls() != null);
        return speaksTls ? configuration.slots().get(KEY) : null;
    }

    /**
     * Checks what {@link #obtain} would find; writes nothing.
     *
     * @throws ConfException if others have a hand in it
     */
    public static void test(Configuration configuration) throws ConfException {
        LocalCertificate its = of(configuration);
        if (its != null) {
            try {
                its.authority.check();
            } catch (IOException e) {
                throw its.failed(e);
            }
        }
    }

    /**
     * Has the certificate of a configuration at hand: reads it, or makes it.
     *
     * @throws ConfException if that cannot be
     */
    public static void obtain(Configuration configuration) throws ConfException {
        LocalCertificate its = of(configuration);
        if (its != null) {
            try {
                its.obtain(configuration.log());
            } catch (IOException e) {
                throw its.failed(e);
            }
        }
    }

    /** Sees to it that there is a certificate; the log is told of an authority that is made for it. */
    void obtain(ErrorLog told) throws IOException {
        log = told;
        if (!authority.isFresh()) {
            load();
        }
    }

    /** Reads the certificate, or makes it. */
    private synchronized Keys.Pair load() throws IOException {
        try {
            Keys.Pair now = authority.leaf(news -> log.write(ErrorLog.Level.WARN, news));
            dueMillis = LocalAuthority.dueAt(now.chain().get(0)).toEpochMilli();
            pair = now;
            return now;
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private ConfException failed(IOException e) {
        return line.error("the certificate for localhost cannot be had: " + why(e));
    }

    private static String why(IOException e) {
        String text = SystemErrors.text(e);
        if (!(e instanceof FileSystemException of)) {
            return text;
        }
        return "\"" + of.getFile() + "\" "
                + (Character.isDigit(text.charAt(0))
                        ? "failed (" + text + "): \"hop_authority\" names another directory"
                        : text);
    }

    /**
     * Returns the certificate and its key: the first time from its file, or made anew if that is damaged. One that ends
     * soon is made anew by another thread.
     *
     * @throws ConfException if it cannot be had
     */
    public Keys.Pair pair() throws ConfException {
        try {
            Keys.Pair now = pair == null ? load() : pair;
            if (clock.millis() >= dueMillis && isRenewing.compareAndSet(false, true)) {
                Thread renewal = new Thread(this::renew, "certificate");
                renewal.setDaemon(true);
                renewal.start();
            }
            return now;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void renew() {
        try {
            load();
            log.write(ErrorLog.Level.NOTICE, "the certificate for localhost has been made anew");
        } catch (IOException e) {
            dueMillis = clock.millis() + PAUSE.toMillis();
            log.write(ErrorLog.Level.ERROR, failed(e).getMessage());
        } finally {
            isRenewing.set(false);
        }
    }

    /** Returns the file with the authority's certificate. */
    public Path authorityFile() {
        return authority.certificateFile();
    }

    /**
     * Returns the authority's certificate; {@code null} if there is none.
     *
     * @throws IOException if it cannot be read
     */
    public X509Certificate authority() throws IOException {
        return authority.publicCertificate();
    }

    /**
     * Returns the certificate of localhost.
     *
     * @throws ConfException if it cannot be had
     */
    public X509Certificate certificate() throws ConfException {
        return pair().chain().get(0);
    }
}
