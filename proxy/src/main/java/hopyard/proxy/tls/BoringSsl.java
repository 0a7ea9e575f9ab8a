package hopyard.proxy.tls;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.security.Provider;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.conscrypt.Conscrypt;

/**
 * BoringSSL, by way of Conscrypt. Its native part is loaded when TLS is first wanted; where there is none for this
 * machine, Java speaks TLS.
 *
 * @see <a href="https://github.com/google/conscrypt/blob/master/CAPABILITIES.md">Conscrypt's capabilities</a>
 */
public final class BoringSsl {

    /** What was loaded, or why nothing was. */
    private record Loaded(BoringSsl its, String failure) {}

    /** Loads it once, by the JVM's own lock for classes. */
    private static final class Once {
        private static final Loaded LOADED = load();
    }

    private final Provider provider;
    private final Method delegate;
    private final Method setGroups;
    private final Field state;
    private final int closed;
    private final Method close;
    private final Method write;

    private BoringSsl() throws ReflectiveOperationException {
        Conscrypt.checkAvailability();
        provider = Conscrypt.newProvider();
        // Conscrypt has a public way to set the groups for sockets, but not for engines
        delegate = Class.forName("org.conscrypt.Java8EngineWrapper").getDeclaredMethod("getDelegate", SSLEngine.class);
        delegate.setAccessible(true);
        Class<?> engine = Class.forName("org.conscrypt.ConscryptEngine");
        setGroups = engine.getDeclaredMethod("setNamedGroups", String[].class);
        setGroups.setAccessible(true);
        // nor to free an engine at little cost
        state = engine.getDeclaredField("state");
        state.setAccessible(true);
        Field states = Class.forName("org.conscrypt.SSLUtils$EngineStates").getDeclaredField("STATE_CLOSED");
        states.setAccessible(true);
        closed = states.getInt(null);
        close = engine.getDeclaredMethod("closeAndFreeResources");
        close.setAccessible(true);
        // nor to write nothing
        write = engine.getDeclaredMethod("writePlaintextDataDirect", ByteBuffer.class, int.class, int.class);
        write.setAccessible(true);
    }

    private static Loaded load() {
        try {
            return new Loaded(new BoringSsl(), null);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            return new Loaded(
                    null, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    /** Returns it, after it has been loaded; {@code null} if it cannot be. */
    static BoringSsl get() {
        return Once.LOADED.its;
    }

    /**
     * Has it loaded by a thread of its own, so that no client waits for it.
     *
     * @param onFailure is told if it cannot be: what is wrong
     */
    public static void prepare(Consumer<String> onFailure) {
        Thread loading = new Thread(
                () -> {
                    if (get() == null) {
                        onFailure.accept(Once.LOADED.failure);
                    }
                },
                "TLS");
        loading.setDaemon(true);
        loading.start();
    }

    Provider provider() {
        return provider;
    }

    /** Sets the groups for the key exchange of an engine, the preferred one first, by Java's names. */
    void setGroups(SSLEngine engine, String[] groups) {
        try {
            setGroups.invoke(delegate.invoke(null, engine), (Object) groups);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Conscrypt takes no groups", e);
        }
    }

    /**
     * Has an engine make records of what it keeps until content is written.
     *
     * @param nothing an empty direct buffer
     * @throws SSLException if it cannot
     * @see <a
     *     href="https://commondatastorage.googleapis.com/chromium-boringssl-docs/ssl.h.html#SSL_write">SSL_write</a>
     */
    void flush(SSLEngine engine, ByteBuffer nothing) throws SSLException {
        try {
            write.invoke(delegate.invoke(null, engine), nothing, 0, 0);
        } catch (InvocationTargetException e) {
            throw new SSLException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("Conscrypt does not write", e);
        }
    }

    /**
     * Gives back what an engine holds outside of the heap; it tells nothing of its session afterwards. Its public way
     * to do so needs both directions to end with nothing left in either, and copies the session before, with an
     * exception if the client has no certificate: a handshake costs a twentieth more.
     */
    void free(SSLEngine engine) {
        try {
            Object its = delegate.invoke(null, engine);
            // it copies the session when it changes to this state
            state.setInt(its, closed);
            close.invoke(its);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Conscrypt does not give memory back", e);
        }
    }
}
